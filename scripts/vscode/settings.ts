// User settings for a VS Code that is started by a script.

/** Settings by their full name. */
export type Settings = Readonly<Record<string, unknown>>;

/** Keeps VS Code quiet: nothing pops up, nothing is fetched, nothing is restored. */
export const quietSettings: Settings = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'files.hotExit': 'off',
  'git.enabled': false,
  'git.openRepositoryInParentFolders': 'never',
  'json.schemaDownload.enable': false,
  'npm.fetchOnlineInfo': false,
  'remote.autoForwardPorts': false,
  'remote.restoreForwardedPorts': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'window.confirmBeforeClose': 'never',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/** What a script that types needs besides: an editor that writes only what is typed, and stands still. */
export const steadySettings: Settings = {
  ...quietSettings,
  'editor.accessibilitySupport': 'off',
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoIndent': 'keep',
  'editor.cursorBlinking': 'solid',
  'editor.linkedEditing': false,
  'editor.quickSuggestions': false,
  'editor.suggestOnTriggerCharacters': false,
  'explorer.confirmDelete': true,
  'files.simpleDialog.enable': true,
  'html.autoClosingTags': false,
  'window.dialogStyle': 'custom',
  'workbench.reduceMotion': 'on',
};
