import { joinPath, nameOf, rootPath } from '../base/paths.ts';
import { temporaryNameOf } from '../session/temporaryNames.ts';

// Win32 opens the device whatever follows the first dot, and takes superscript digits for digits.
const deviceName = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])[ ]*(?:\.|$)/i;

/**
 * Why a name from a server cannot be a name in a local folder; `undefined` when it can. A name is one
 * segment on this machine whatever the server's rules are.
 */
export function whyNotLocalName(name: string, platform: NodeJS.Platform): string | undefined {
  if (/[/\\]/.test(name)) return 'it holds a slash or a backslash';
  if (name === '' || name === '.' || name === '..') return 'it is no name';
  // Terminals, scripts and Windows obey them.
  if (/\p{Cc}/u.test(name)) return 'it holds a control character';
  if (/^[a-z]:/i.test(name)) return 'it begins with a drive letter';
  if (platform !== 'win32') return undefined;
  if (/[<>:"|?*]/.test(name)) return 'it holds a character that Windows does not allow';
  if (/[. ]$/.test(name)) return 'Windows does not keep the blank or the dot at its end';
  if (deviceName.test(name)) return 'it is the name of a device on Windows';
  return undefined;
}

/** Under which two names are one in a folder of this machine; elsewhere every name is its own. */
export function folded(name: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32' && platform !== 'darwin') return name;
  return name.normalize('NFC').toLowerCase();
}

/** The name beside `name` under which its bytes arrive: the same as on servers. */
export function localTemporaryName(name: string, id: string): string {
  return nameOf(temporaryNameOf(joinPath(rootPath, name), id));
}
