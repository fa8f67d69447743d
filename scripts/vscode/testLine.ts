/** What the lines of the tests begin with, among all that VS Code writes to its console. */
export const testLine = 'test> ';
