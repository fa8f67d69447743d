import { holdsUndecoded } from '../../ftp/grammar/charset/charset.ts';
import type { Listing } from '../../ftp/grammar/listing/listing.ts';
import type { StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import type { Finding } from '../report/finding.ts';

// As many names as a person looks at.
const shownNames = 3;

/** Stage `charset`: whether the names can be read in the site's charset. */
export async function checkNames(
  { exam, subject }: Conversation,
  listings: readonly Listing[],
): Promise<void> {
  const { charset } = subject.options.connect;
  await exam.stage('charset', async (note): Promise<StageResult<never>> => {
    const names = new Set(listings.flatMap(({ entries }) => entries.map(({ name }) => name)));
    if (names.size === 0) return { outcome: 'skipped', summary: 'No name was seen' };
    const strange = [...names].filter(holdsUndecoded);
    for (const name of strange.slice(0, shownNames)) {
      note(exam.quote(name), 'warning', `not in ${charset.name}`);
    }
    if (strange.length === 0) {
      return { outcome: 'ok', summary: `All names can be read in ${charset.name}` };
    }
    const summary = `${strange.length} of ${names.size} names are not in ${charset.name}`;
    return { outcome: 'warning', summary, findings: [otherCharset(charset.name, strange.length)] };
  });
}

// Most of the old servers that are left stand where these letters are used; which code page it is
// nobody but a reader of the names can tell.
const likelyCharset = 'windows-1252';

function otherCharset(charset: string, count: number): Finding {
  const names = count === 1 ? 'One name is' : `${count} names are`;
  return {
    cause: 'charset',
    certainty: 'certain',
    blocks: false,
    explanation:
      `${names} not written in ${charset}. Such files can be opened and saved all the same; their ` +
      'names look strange.',
    advice:
      `Set the charset of the site. ${likelyCharset} is right for most servers in Western Europe; ` +
      'elsewhere it is another one.',
    ...(charset !== likelyCharset && {
      fix: { label: `Read names in ${likelyCharset}`, changes: { charset: likelyCharset } },
    }),
  };
}
