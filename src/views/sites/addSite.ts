import { parseRemotePath } from '../../base/paths.ts';
import type { Security } from '../../ftp/options.ts';
import { defaultPort } from '../../ftp/options.ts';
import type { PasswordOwner } from '../../workspace/sites/passwords.ts';
import { makeSiteId } from '../../workspace/sites/site.ts';
import { formatSiteAddress, parseSiteAddress } from '../../workspace/sites/siteAddress.ts';
import type { SiteValues } from '../../workspace/sites/siteStore.ts';
import { securityWords, siteWords as words } from '../messages.ts';
import { askChoice, askText, type Choice, runSteps, type InputStep } from '../multiStep.ts';

/** What the user has entered so far for a new site. */
interface Draft {
  readonly address: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly security: Security;
  readonly username: string;
  readonly password: string;
  readonly passwordFromAddress: boolean;
  readonly name: string;
  readonly root: string;
}

/** A new site as the user described it. The password goes only to the secret storage. */
export interface NewSite {
  readonly owner: PasswordOwner;
  readonly name: string;
  readonly values: SiteValues;
  readonly password: string | undefined;
}

const noDraft: Draft = {
  address: '',
  host: '',
  port: undefined,
  security: 'explicit',
  username: '',
  password: '',
  passwordFromAddress: false,
  name: '',
  root: '',
};

/** Asks for a new site, step by step. `undefined` when the user cancels. */
export async function askNewSite(takenIds: ReadonlySet<string>): Promise<NewSite | undefined> {
  const draft = await runSteps(words.addTitle(), noDraft, ({ username, host }) =>
    // Anonymous users have no password. Before the first answers it is not known whether the user is one.
    username === '' && host !== '' ? anonymousSteps : allSteps,
  );
  return draft && toNewSite(draft, takenIds);
}

/** The choices of protection, the safest first. */
export const securityChoices = (): readonly Choice<Security>[] =>
  (['explicit', 'implicit', 'explicitIfOffered', 'none'] as const).map((value) => ({
    ...securityWords(value),
    value,
  }));

const askAddress: InputStep<Draft> = async (draft, frame) => {
  const answer = await askText(frame, {
    prompt: words.address(),
    placeholder: words.addressExample(),
    value: draft.address,
    validate: (text) => (parseSiteAddress(text) ? undefined : words.addressWrong()),
  });
  if (typeof answer !== 'object') return answer;
  const address = parseSiteAddress(answer.value);
  if (!address || answer.value === draft.address) return { value: draft };
  const { host, port, security = 'explicit', username = '', password = '', root = '' } = address;
  return {
    value: {
      ...draft,
      // Going back shows the address again: its password must not be visible on the screen.
      address: answer.value.includes('@') ? formatSiteAddress(address) : answer.value,
      host,
      port,
      security,
      username,
      password,
      root,
      passwordFromAddress: password !== '',
      name: draft.name || host,
    },
  };
};

const askSecurity: InputStep<Draft> = async (draft, frame) => {
  const answer = await askChoice(frame, words.security(), securityChoices(), draft.security);
  if (typeof answer !== 'object') return answer;
  return { value: { ...draft, security: answer.value } };
};

const askUser: InputStep<Draft> = async (draft, frame) => {
  const answer = await askText(frame, { prompt: words.user(), value: draft.username });
  if (typeof answer !== 'object') return answer;
  return { value: { ...draft, username: answer.value.trim() } };
};

const askPassword: InputStep<Draft> = async (draft, frame) => {
  const answer = await askText(frame, {
    prompt: draft.passwordFromAddress ? words.passwordFromAddress() : words.password(),
    value: draft.password,
    password: true,
  });
  if (typeof answer !== 'object') return answer;
  return { value: { ...draft, password: answer.value } };
};

const askName: InputStep<Draft> = async (draft, frame) => {
  const answer = await askText(frame, {
    prompt: words.name(),
    value: draft.name,
    validate: (text) => (text.trim() === '' ? words.empty() : undefined),
  });
  if (typeof answer !== 'object') return answer;
  return { value: { ...draft, name: answer.value.trim() } };
};

const askRoot: InputStep<Draft> = async (draft, frame) => {
  const answer = await askText(frame, {
    prompt: words.root(),
    placeholder: words.rootExample(),
    value: draft.root,
    validate: rootProblem,
  });
  if (typeof answer !== 'object') return answer;
  return { value: { ...draft, root: answer.value.trim() } };
};

/** What is wrong with a folder to begin in. An empty text means that none is set. */
export function rootProblem(text: string): string | undefined {
  return text.trim() === '' || parseRemotePath(text.trim()) ? undefined : words.rootWrong();
}

const allSteps = [askAddress, askSecurity, askUser, askPassword, askName, askRoot];
const anonymousSteps = [askAddress, askSecurity, askUser, askName, askRoot];

function toNewSite(draft: Draft, takenIds: ReadonlySet<string>): NewSite {
  const { name, host, port, security, username, password, root } = draft;
  const id = makeSiteId(name, takenIds);
  return {
    owner: {
      id,
      host,
      port: port ?? defaultPort(security),
      username: username || undefined,
    },
    name,
    values: {
      id,
      name,
      host,
      security,
      port: port === defaultPort(security) ? undefined : port,
      username: username || undefined,
      root: parseRemotePath(root),
    },
    password: username !== '' && password !== '' ? password : undefined,
  };
}
