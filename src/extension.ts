// Builds every object and hands it its neighbours; what they do stands with them.
import { join } from 'node:path';
import * as vscode from 'vscode';
import { systemClock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import { diagnose } from './doctor/diagnose.ts';
import { connectFtp } from './ftp/connectFtp.ts';
import { systemLookup } from './ftp/net/lookup.ts';
import { tcpNetwork } from './ftp/net/tcp.ts';
import { nodeTls } from './ftp/net/tls.ts';
import { nodeTlsProbe } from './ftp/net/tlsProbe.ts';
import { newTemporaryId } from './session/temporaryNames.ts';
import { OldBytesFolder } from './session/saving/oldBytes.ts';
import { openRemoteFileSystem } from './session/openRemoteFileSystem.ts';
import { operationTimeoutOf, sessionDefaults } from './session/sessionOptions.ts';
import { LinkedFiles } from './sync/linkedFiles.ts';
import { UploadQueue } from './sync/uploadQueue.ts';
import { createCommands, errorNet, registerCommands } from './views/commands.ts';
import { dialogs } from './views/dialogs.ts';
import { DoctorPanels } from './views/doctor/doctorPanel.ts';
import { ConflictCommands } from './views/files/conflictCommands.ts';
import { FileCommands } from './views/files/fileCommands.ts';
import { LeftOverCommand } from './views/files/leftOverCommand.ts';
import { ListingNotices } from './views/files/listingNotices.ts';
import { PermissionCommand } from './views/files/permissionCommand.ts';
import { serversFiles, serversFileScheme } from './views/files/serversFile.ts';
import { formatsOf } from './views/formats.ts';
import { SiteCommands } from './views/sites/siteCommands.ts';
import { SiteNotices } from './views/sites/siteNotices.ts';
import { SitesTree } from './views/sites/sitesView.ts';
import { StatusBar } from './views/status/statusBar.ts';
import { UploadNotices } from './views/transfers/uploadNotices.ts';
import { Activity } from './workspace/activity.ts';
import { ChangePoll, pollSources } from './workspace/files/changePoll.ts';
import { EditorIdentities } from './workspace/files/editorIdentities.ts';
import { SiteFileSystemProvider } from './workspace/files/fileSystemProvider.ts';
import { followDocuments, openDocuments } from './workspace/files/openDocuments.ts';
import { ToldConflicts } from './workspace/files/toldConflicts.ts';
import { mementoStorage } from './workspace/mementoStorage.ts';
import { outputLogger } from './workspace/outputLogger.ts';
import { type Questions, ScriptedQuestions } from './workspace/questions.ts';
import { Passwords } from './workspace/sites/passwords.ts';
import { type OpenFileSystem, SiteConnections } from './workspace/sites/siteConnections.ts';
import { type Diagnose, SiteDoctor } from './workspace/sites/siteDoctor.ts';
import { type Connect, loginSources, SiteLogin } from './workspace/sites/siteLogin.ts';
import { SiteProfiles } from './workspace/sites/siteProfiles.ts';
import { SiteStore } from './workspace/sites/siteStore.ts';
import { scheme } from './workspace/siteUri.ts';
import { RecordFolder } from './workspace/sync/recordFolder.ts';
import { type SavedFile, uploadSavedFile, type UploadParts } from './workspace/sync/savedFile.ts';
import { syncOnSave } from './workspace/sync/syncOnSave.ts';
import { SyncTargets } from './workspace/sync/syncTargets.ts';
import { SyncTroubles } from './workspace/sync/syncTroubles.ts';
import { UploadRetry } from './workspace/sync/uploadRetry.ts';

/** What keeps local folders in step. */
export interface Sync {
  readonly linked: LinkedFiles;
  readonly targets: SyncTargets;
  readonly troubles: SyncTroubles;
  readonly uploads: UploadQueue<SavedFile>;
}

/** What tests inside the extension host may touch; nobody else is given it. */
export interface PortsideForTests {
  readonly questions: ScriptedQuestions;
  readonly connections: SiteConnections;
  readonly sync: Sync;
  /** The folder of what is kept over restarts. */
  readonly storage: vscode.Uri;
  /** How long `activate` took, in milliseconds. */
  readonly activationTime: number;
}

// VS Code disposes of subscriptions without waiting for anything. It awaits `deactivate` alone, which
// is called with nothing in hand: this is how it finds what takes leave of servers and writes down.
let closing: AsyncDisposableStack | undefined;

/** Called by VS Code when something of ours is first needed. Connects to nobody. */
export function activate(context: vscode.ExtensionContext): PortsideForTests | undefined {
  const start = systemClock.now();
  const ending = new AsyncDisposableStack();
  closing = ending;
  const channel = vscode.window.createOutputChannel('Portside', { log: true });
  // First in, last out: what ends later has something to say.
  ending.defer(() => channel.dispose());
  const logger = outputLogger(channel);
  const asked = dialogs(formatsOf(vscode.env.language));
  const test = context.extensionMode === vscode.ExtensionMode.Test;
  const scripted = test ? new ScriptedQuestions(asked) : undefined;
  const lifetime = { ending, own: ownedBy(context) };
  const workspace = openWorkspace(context, logger, scripted ?? asked, lifetime);
  openViews(workspace, logger, channel, lifetime);
  const activationTime = systemClock.now() - start;
  logger.debug(`Activated in ${activationTime} ms`);
  const [{ connections, sync }, { globalStorageUri: storage }] = [workspace, context];
  return scripted && { questions: scripted, connections, sync, storage, activationTime };
}

/** Called by VS Code as it ends; it gives us a few seconds to close the connections properly. */
export async function deactivate(): Promise<void> {
  const ending = closing;
  closing = undefined;
  await ending?.disposeAsync();
}

interface Lifetime {
  /** Awaited when the extension ends, the last first. */
  readonly ending: AsyncDisposableStack;
  /** Disposed with the extension, from the moment it is made: a later failure leaves nothing. */
  readonly own: <T extends vscode.Disposable | Disposable>(made: T) => T;
}

function ownedBy({ subscriptions }: vscode.ExtensionContext): Lifetime['own'] {
  return (made) => {
    subscriptions.push('dispose' in made ? made : toVSCode(made));
    return made;
  };
}

type Workspace = ReturnType<typeof openWorkspace>;

function openWorkspace(
  context: vscode.ExtensionContext,
  logger: Logger,
  questions: Questions,
  { ending, own }: Lifetime,
) {
  const clock = systemClock;
  const store = own(new SiteStore());
  const passwords = new Passwords(context.secrets, questions);
  const activity = own(new Activity(clock));
  const profiles = new SiteProfiles(mementoStorage(context.globalState), clock);
  const sources = loginSources(store);
  const login = new SiteLogin(sources, passwords, questions, engine(profiles, logger), logger);
  const doctor = new SiteDoctor({
    sources,
    passwords,
    login,
    store,
    profiles,
    diagnose: diagnosis(logger),
  });
  const storage = mementoStorage(context.workspaceState);
  // They end after the connections, whose last saves they are told of.
  const identities = ending.use(new EditorIdentities(storage, 'editors', clock));
  const open = session(profiles, logger, context.globalStorageUri);
  const connections = ending.use(new SiteConnections(store, login, activity, open));
  own(connections.onDidChange((siteId) => profiles.keep(siteId)));
  const poll = own(new ChangePoll(clock, pollSources(connections, activity)));
  const documents = openDocuments;
  const conflicts = new ToldConflicts();
  const parts = { connections, activity, identities, documents, questions, poll, conflicts };
  const provider = own(new SiteFileSystemProvider(parts));
  own(vscode.workspace.registerFileSystemProvider(scheme, provider, { isCaseSensitive: true }));
  own(followDocuments(identities));
  const sync = openSync(
    { connections, activity, logger },
    context,
    { store, passwords },
    { ending, own },
  );
  return { clock, store, passwords, activity, connections, sync, doctor, conflicts };
}

function openSync(
  parts: Pick<UploadParts, 'connections' | 'activity' | 'logger'>,
  { globalStorageUri }: vscode.ExtensionContext,
  { store, passwords }: { readonly store: SiteStore; readonly passwords: Passwords },
  { own }: Lifetime,
): Sync {
  const folder = (name: string): RecordFolder =>
    new RecordFolder(join(globalStorageUri.fsPath, 'sync', name));
  const linked = new LinkedFiles({ bases: folder('bases'), owed: folder('owed') });
  const targets = new SyncTargets(store);
  const troubles = own(new SyncTroubles());
  const uploading = { ...parts, linked, targets };
  const uploads = own(
    new UploadQueue<SavedFile>((saved, signal) => uploadSavedFile(uploading, saved, signal)),
  );
  const { connections } = parts;
  const connectsUnasked = async (siteId: string): Promise<boolean> => {
    const site = store.find(siteId);
    return site === undefined || (await passwords.isKnown(site));
  };
  own(new UploadRetry(uploads, { connections, connectsUnasked, clock: systemClock }));
  return { linked, targets, troubles, uploads };
}

function openViews(
  { clock, store, passwords, activity, connections, sync, doctor, conflicts }: Workspace,
  logger: Logger,
  channel: vscode.OutputChannel,
  { own }: Lifetime,
): void {
  const showLog = (): void => channel.show(true);
  // A command, so that it asks which site is meant where nobody says.
  const diagnose = (siteId?: string): void =>
    void vscode.commands.executeCommand('portside.diagnose', siteId && tree.siteNode(siteId));
  const onError = errorNet({ logger, connections, showLog, diagnose });
  const tree = own(new SitesTree({ store, connections, activity, onError }));
  const view = own(
    vscode.window.createTreeView('portside.sites', {
      treeDataProvider: tree,
      canSelectMany: true,
      showCollapseAll: true,
    }),
  );
  const formats = formatsOf(vscode.env.language);
  const { uploads, troubles, linked, targets } = sync;
  const status = { store, connections, activity, uploads, troubles, formats, clock };
  const notices = own(new SiteNotices({ store, connections, uploads, showLog, diagnose, onError }));
  const sites = new SiteCommands({
    store,
    passwords,
    connections,
    notices,
    tree,
    view,
    doctor: own(new DoctorPanels({ doctor, onError })),
  });
  const files = new FileCommands(connections, activity, tree);
  const permissions = new PermissionCommand(connections, activity);
  const listings = own(new ListingNotices({ connections, clock, showLog }));
  const leftOvers = new LeftOverCommand({ connections, activity, formats, clock, listings });
  own(new StatusBar(status));
  const servers = serversFiles(connections, activity, conflicts);
  own(vscode.workspace.registerTextDocumentContentProvider(serversFileScheme, servers));
  const retries = own(new UploadNotices(uploads, connections, { showLog, diagnose }));
  const saving = { queue: uploads, linked, targets, troubles, clock, logger };
  own(syncOnSave({ ...saving, onProblem: onError }));
  own(
    registerCommands(
      createCommands({
        sites,
        files,
        leftOvers,
        permissions,
        conflicts: new ConflictCommands(conflicts),
        status,
        uploads: retries,
        channel,
      }),
      view,
      onError,
    ),
  );
  void notices.tellProblems();
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

function diagnosis(logger: Logger): Diagnose {
  const network = tcpNetwork(systemClock);
  return (site, options, credentials, signal, onStage) => {
    const environment = {
      network,
      lookup: systemLookup,
      tls: nodeTls,
      tlsProbe: nodeTlsProbe,
      clock: systemClock,
      logger: logger.scope(site.name),
      newId: newTemporaryId,
    };
    return diagnose(options, credentials, environment, signal, onStage);
  };
}

function session(profiles: SiteProfiles, logger: Logger, storage: vscode.Uri): OpenFileSystem {
  const oldBytes = new OldBytesFolder(join(storage.fsPath, 'old'), newTemporaryId);
  return (site, connect) =>
    openRemoteFileSystem({
      ...sessionDefaults,
      connect,
      profile: profiles.ofSite(site),
      maxConnections: site.maxConnections,
      oldBytes,
      readOnly: site.readOnly,
      operationTimeoutMs: operationTimeoutOf(site.timeout),
      largestFile: site.largestFile * 1024 * 1024,
      clock: systemClock,
      logger: logger.scope(site.name),
      newId: newTemporaryId,
    });
}

function toVSCode(disposable: Disposable): vscode.Disposable {
  return { dispose: () => disposable[Symbol.dispose]() };
}
