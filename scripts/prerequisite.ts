/**
 * Something of the machine that a script needs and cannot fetch here. A test stage that meets it is
 * skipped, with the message as the reason.
 */
export class MissingPrerequisiteError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MissingPrerequisiteError';
  }
}
