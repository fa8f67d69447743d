import type { IacForm } from '../grammar/command.ts';
import { knownWord } from './remembered.ts';

/**
 * How pathnames are sent to one server. Each start finds it out again: a path that was refused once
 * may be taken now, and a byte 255 that is sent wrongly is in the name of another file.
 */
export class PathnameForms {
  /** What commands take for an argument: whole paths, or names in the working directory. */
  argument: 'unknown' | 'paths' | 'names' = 'unknown';
  /** How bytes 255 in pathnames are sent; `undefined` before the first of them. */
  iac: IacForm | undefined;

  /** A whole path was understood. */
  takesPaths(): void {
    this.argument = 'paths';
  }

  /** A whole path was refused where the name in its folder was taken. */
  takesNames(): void {
    this.argument = 'names';
  }

  /** The server understood such a byte in this form, or nothing could be told. */
  sendsIac(form: IacForm): IacForm {
    this.iac ??= form;
    return this.iac;
  }
}

/** The commands that set the time of a file: SITE UTIME takes it before the pathname, or thrice behind. */
export type TimeCommand = (typeof timeCommands)[number];

const timeCommands = ['MFMT', 'MDTM', 'SITE UTIME', 'SITE UTIME UTC'] as const;

/** What is kept of it between two starts. */
export type RememberedTimeCommand = TimeCommand;

/** Which command was seen to set a time on one server. */
export class TimeCommands {
  /** `none`: all were refused. */
  used: 'unknown' | TimeCommand | 'none' = 'unknown';

  /** It set a time, and the file had it. */
  sets(command: TimeCommand): void {
    this.used = command;
  }

  /** The server knows no command that was tried: one that worked before is doubted first. */
  allUnknown(): void {
    this.used = this.used === 'unknown' ? 'none' : 'unknown';
  }

  /** What is worth keeping. Not that all were refused: that may have been about one file. */
  remember(): RememberedTimeCommand | undefined {
    return this.used === 'unknown' || this.used === 'none' ? undefined : this.used;
  }

  /** Takes up what was kept. */
  recall(remembered: RememberedTimeCommand | undefined): void {
    this.used = remembered ?? 'unknown';
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseTimeCommand(value: unknown): RememberedTimeCommand | undefined {
  return knownWord(timeCommands, value);
}
