// Builds every object and hands it its neighbours; what they do stands with them.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { systemClock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import { connectFtp } from './ftp/connectFtp.ts';
import { tcpNetwork } from './ftp/net/tcp.ts';
import { nodeTls } from './ftp/net/tls.ts';
import { openRemoteFileSystem } from './session/openRemoteFileSystem.ts';
import { sessionDefaults } from './session/sessionOptions.ts';
import { UploadQueue } from './sync/uploadQueue.ts';
import { createCommands, errorNet, registerCommands } from './views/commands.ts';
import { dialogs } from './views/dialogs.ts';
import { FileCommands } from './views/fileCommands.ts';
import { formatsOf } from './views/formats.ts';
import { SiteCommands } from './views/siteCommands.ts';
import { SiteNotices } from './views/siteNotices.ts';
import { SitesTree } from './views/sitesView.ts';
import { StatusBar } from './views/statusBar.ts';
import { UploadNotices } from './views/uploadNotices.ts';
import { Activity } from './workspace/activity.ts';
import { ChangePoll } from './workspace/changePoll.ts';
import { EditorIdentities } from './workspace/editorIdentities.ts';
import { SiteFileSystemProvider } from './workspace/fileSystemProvider.ts';
import { loginSources } from './workspace/loginSources.ts';
import { mementoStorage } from './workspace/mementoStorage.ts';
import { followDocuments, openDocuments } from './workspace/openDocuments.ts';
import { outputLogger } from './workspace/outputLogger.ts';
import { Passwords } from './workspace/passwords.ts';
import { pollSources } from './workspace/pollSources.ts';
import { type SavedFile, uploadSavedFile } from './workspace/savedFileUpload.ts';
import { ScriptedQuestions } from './workspace/scriptedQuestions.ts';
import type { Site } from './workspace/site.ts';
import { type Connect, SiteLogin } from './workspace/siteLogin.ts';
import { type OpenFileSystem, SiteConnections } from './workspace/siteConnections.ts';
import { SiteProfiles } from './workspace/siteProfiles.ts';
import { SiteStore } from './workspace/siteStore.ts';
import { scheme } from './workspace/siteUri.ts';
import { syncOnSave } from './workspace/syncOnSave.ts';

/** What tests inside the extension host may touch; nobody else is given it. */
export interface PortsideForTests {
  readonly questions: ScriptedQuestions;
  readonly connections: SiteConnections;
  readonly uploads: UploadQueue<SavedFile>;
  /** How long `activate` took, in milliseconds. */
  readonly activationTime: number;
}

/** Called by VS Code when something of ours is first needed. Connects to nobody. */
export function activate(context: vscode.ExtensionContext): PortsideForTests | undefined {
  const start = systemClock.now();
  const channel = vscode.window.createOutputChannel('Portside', { log: true });
  const logger = outputLogger(channel);
  const questions = new ScriptedQuestions(dialogs(formatsOf(vscode.env.language)));
  const workspace = openWorkspace(context, logger, questions);
  const views = openViews(workspace, logger, channel);
  context.subscriptions.push(channel, ...workspace.disposables, ...views);
  const activationTime = systemClock.now() - start;
  logger.debug(`Activated in ${activationTime} ms`);
  if (context.extensionMode !== vscode.ExtensionMode.Test) return undefined;
  const { connections, uploads } = workspace;
  return { questions, connections, uploads, activationTime };
}

type Workspace = ReturnType<typeof openWorkspace>;

function openWorkspace(
  context: vscode.ExtensionContext,
  logger: Logger,
  questions: ScriptedQuestions,
) {
  const clock = systemClock;
  const store = new SiteStore();
  const passwords = new Passwords(context.secrets, questions);
  const activity = new Activity(clock);
  const profiles = new SiteProfiles(mementoStorage(context.globalState), clock);
  const login = new SiteLogin(loginSources(store), passwords, questions, engine(profiles, logger));
  const connections = new SiteConnections(store, login, activity, session(logger));
  const keeping = connections.onDidChange((siteId) => profiles.keep(siteId));
  const storage = mementoStorage(context.workspaceState);
  const identities = new EditorIdentities(storage, 'editors');
  const poll = new ChangePoll(clock, pollSources(connections, activity));
  const provider = new SiteFileSystemProvider({
    connections,
    activity,
    identities,
    documents: openDocuments,
    questions,
    poll,
  });
  const uploading = { connections, activity, identities: new EditorIdentities(storage, 'uploads') };
  const uploads = new UploadQueue<SavedFile>((saved, signal) =>
    uploadSavedFile(uploading, saved, signal),
  );
  const disposables = [
    vscode.workspace.registerFileSystemProvider(scheme, provider, { isCaseSensitive: true }),
    followDocuments(identities),
    provider,
    ...[keeping, poll, uploads, activity, store].map(toVSCode),
    { dispose: () => connections[Symbol.asyncDispose]() },
  ];
  return { clock, store, passwords, activity, connections, uploads, disposables };
}

function openViews(
  { clock, store, passwords, activity, connections, uploads }: Workspace,
  logger: Logger,
  channel: vscode.OutputChannel,
): readonly vscode.Disposable[] {
  const onError = errorNet(logger, channel, connections);
  const showLog = (): void => channel.show(true);
  const tree = new SitesTree({ store, connections, activity, onError });
  const view = vscode.window.createTreeView('portside.sites', {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: true,
  });
  const formats = formatsOf(vscode.env.language);
  const status = { store, connections, activity, uploads, formats, clock };
  const notices = new SiteNotices({ store, connections, uploads, showLog, onError });
  const sites = new SiteCommands({ store, passwords, connections, notices, tree, view });
  const files = new FileCommands(connections, activity, tree);
  const commands = createCommands({ sites, files, status, uploads, channel });
  void notices.tellProblems();
  return [
    view,
    tree,
    notices,
    new StatusBar(status),
    new UploadNotices(uploads, connections, showLog),
    syncOnSave(uploads, logger, onError),
    registerCommands(commands, view, onError),
  ];
}

function engine(profiles: SiteProfiles, logger: Logger): Connect {
  const network = tcpNetwork(systemClock);
  return (site, options, credentials, signal) => {
    const profile = profiles.of(site, options.rungs);
    const own = logger.scope(site.name);
    const environment = { network, tls: nodeTls, clock: systemClock, logger: own, profile };
    return connectFtp(options, credentials, environment, signal);
  };
}

function session(logger: Logger): OpenFileSystem {
  return ({ name, maxConnections, readOnly, timeout, largestFile }: Site, connect) =>
    openRemoteFileSystem({
      ...sessionDefaults,
      connect,
      maxConnections,
      readOnly,
      operationTimeoutMs: Math.max(sessionDefaults.operationTimeoutMs, timeout * 2000),
      largestFile: largestFile * 1024 * 1024,
      clock: systemClock,
      logger: logger.scope(name),
      newId: () => randomBytes(6).toString('hex'),
    });
}

function toVSCode(disposable: Disposable): vscode.Disposable {
  return { dispose: () => disposable[Symbol.dispose]() };
}
