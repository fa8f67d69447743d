/** What was asked for could not be done. The message is all that the user is told. */
export class Failure extends Error {
  override readonly name = 'Failure';
}
