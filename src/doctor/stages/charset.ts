import { holdsUndecoded } from '../../ftp/grammar/charset/charset.ts';
import type { Listing } from '../../ftp/grammar/listing/listing.ts';
import type { StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import type { Finding } from '../report/finding.ts';

// Enough names to recognise them.
const shownNames = 3;

/** Stage `charset`: whether the names can be read in the site's charset. */
export async function checkNames(
  { exam, subject }: Conversation,
  listings: readonly Listing[],
): Promise<void> {
  const { charset } = subject.options.connect;
  await exam.stage('charset', async (note): Promise<StageResult<never>> => {
    const names = new Set(listings.flatMap(({ entries }) => entries.map(({ name }) => name)));
    if (names.size === 0) return { outcome: 'skipped', summary: 'No names to check' };
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

// Most of the remaining old servers use these letters. Only a person who reads the names can tell
// which code page it really is.
const likelyCharset = 'windows-1252';

function otherCharset(charset: string, count: number): Finding {
  const names = count === 1 ? 'One name is' : `${count} names are`;
  return {
    cause: 'charset',
    certainty: 'certain',
    blocks: false,
    explanation:
      `${names} not written in ${charset}. You can open and save such files, but their names look ` +
      'wrong.',
    advice:
      `Set the charset of the site. ${likelyCharset} is right for most servers in Western Europe; ` +
      'other regions use other charsets.',
    ...(charset !== likelyCharset && {
      fix: { label: `Read names in ${likelyCharset}`, changes: { charset: likelyCharset } },
    }),
  };
}
