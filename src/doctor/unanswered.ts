import type { Patient } from './doctorOptions.ts';
import type { Finding } from './report/finding.ts';

/** The verbs that the server was seen not to survive. */
function verbsOf({ omissions, environment }: Patient): readonly string[] {
  const said = omissions.current(environment.clock.now());
  return [...new Set(said.map((line) => line.split(' ', 1)[0] ?? line))];
}

/** The same patient, to whom nothing is said that it has not survived. */
export function leaveOut(patient: Patient): Patient {
  const { options } = patient;
  const skipCommands = [...new Set([...options.connect.skipCommands, ...verbsOf(patient)])];
  return { ...patient, options: { ...options, connect: { ...options.connect, skipCommands } } };
}

/** What is to be said of that. */
export function unsurvived(patient: Patient): readonly Finding[] {
  const verbs = verbsOf(patient);
  if (verbs.length === 0) return [];
  const words = verbs.join(' and ');
  const { skipCommands } = leaveOut(patient).options.connect;
  return [
    {
      cause: 'command-unanswered',
      certainty: 'certain',
      blocks: false,
      explanation:
        `The server does not survive ${words}: it gave no answer, or the connection ended with it. ` +
        'All that follows was tried without.',
      advice:
        `Leave that out for this site, or with --skip ${verbs.join(',')} in the command line. ` +
        'Otherwise it is found out anew now and then, which costs some seconds and a login each time.',
      fix: { label: `Never say ${words}`, changes: { skipCommands } },
    },
  ];
}
