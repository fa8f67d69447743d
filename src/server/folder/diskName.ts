// Windows keeps these names, in any letters and with any ending, for devices.
const device = /^(con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])(?:[ .:].*)?$/i;

const isForbidden = (letter: string): boolean => letter < ' ' || '\\:*?"<>|'.includes(letter);

/**
 * True for what can be a name on the system's disk. Windows takes a backslash or a drive's colon for
 * another place, "x:ads" for another stream of a file, "con.txt" for a device, and "x." for "x".
 */
export function isDiskName(name: string, platform: NodeJS.Platform): boolean {
  if (platform !== 'win32') return true;
  return !name.split('').some(isForbidden) && !/[ .]$/.test(name) && !device.test(name);
}
