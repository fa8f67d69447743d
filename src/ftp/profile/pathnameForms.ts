import type { IacForm } from '../grammar/command.ts';
import { knownWord } from './remembered.ts';

/** How pathnames are said to one server. */
export class PathnameForms {
  #argument: 'unknown' | 'paths' | 'names';
  #iac: IacForm | undefined;

  constructor(remembered?: 'names') {
    this.#argument = remembered ?? 'unknown';
  }

  /** What commands take for an argument: whole paths, or names of the folder one stands in. */
  get argument(): 'unknown' | 'paths' | 'names' {
    return this.#argument;
  }

  /** A whole path was understood. */
  takesPaths(): void {
    this.#argument = 'paths';
  }

  /** A whole path was refused where the name in its folder was taken. */
  takesNames(): void {
    this.#argument = 'names';
  }

  /** How bytes 255 in pathnames are sent; `undefined` before the first of them. */
  get iac(): IacForm | undefined {
    return this.#iac;
  }

  /** Such a byte was understood so, or nothing could be told by it. */
  sendsIac(form: IacForm): IacForm {
    this.#iac ??= form;
    return this.#iac;
  }

  /**
   * What is worth keeping: names are understood by all. That whole paths are taken is seen at the first
   * one, and would hide that they no longer are. How a byte 255 is sent is asked anew at the first:
   * said wrongly, it is in the name of another file.
   */
  remember(): 'names' | undefined {
    return this.#argument === 'names' ? 'names' : undefined;
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parsePathnameForm(value: unknown): 'names' | undefined {
  return knownWord(['names'], value);
}
