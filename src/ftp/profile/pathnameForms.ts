import type { IacForm } from '../grammar/command.ts';

/**
 * How pathnames are said to one server. Seen anew at each start: a path that was refused once may be
 * taken now, and a byte 255 that is said wrongly is in the name of another file.
 */
export class PathnameForms {
  #argument: 'unknown' | 'paths' | 'names' = 'unknown';
  #iac: IacForm | undefined;

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
}
