/** How a kind of server behaves; what is left out is as the standard says. */
export interface Personality {
  /** The text of SYST's reply. */
  readonly system?: string;
  /** `dos`: IIS, unless told otherwise. `totalLine`: inetutils-ftpd, linux-ftpd, server "b". */
  readonly listing?: 'unix' | 'dos' | 'totalLine';
  /** Verbs that are answered with 500 and not in FEAT (MLSD and MLST of IIS and vsftpd). */
  readonly unknown?: readonly string[];
  /** What MODE B means: `raw` is answered with 200 and not done (seen in the wild). */
  readonly blockMode?: 'framed' | 'refused' | 'raw';
  /** `onData`: on the last data block (servers "a", "b"); `missing`: none when the size is a multiple of the block ("a"). */
  readonly endOfFile?: 'own' | 'onData' | 'missing';
  /** Bytes in a block: 4096 ("a"), 1024 ("b"). */
  readonly blockLength?: number;
  /** Sets the end-of-record bit beside the end-of-file bit (server "b"). */
  readonly endOfRecord?: boolean;
  /** MLSD goes raw over a connection of its own, as RFC 3659, 7.2, has it. */
  readonly rawMlsd?: boolean;
  /** LIST and NLST go raw in block mode and close the connection (server "b"). */
  readonly rawList?: boolean;
  /** The data connection is closed after each transfer (server "b"). */
  readonly closesData?: boolean;
  /** 226 also where the data connection stays open (servers "a", IIS). */
  readonly says226?: boolean;
  /** A refused RETR closes the data connection (server "a"). */
  readonly closesDataOnRefusal?: boolean;
  /** The place in whose time listings are; UTC where left out. MDTM and MLSx stay in UTC. */
  readonly zone?: string;
  /** Which commands set the time of a file beside MFMT: MDTM (vsftpd), SITE UTIME (Pure-FTPd). */
  readonly setsTimeBy?: 'MDTM' | 'SITE UTIME';
  /** Options before LIST's pathname are refused with 501 (pyftpdlib does that to STAT). */
  readonly refusesListOptions?: boolean;
  /** RNTO does not replace a file (IIS). */
  readonly keepsOnRename?: boolean;
  /** Dials U-1 in place of the default data port (ProFTPD). */
  readonly dialsBelowDefault?: boolean;
  /** Takes every byte of a command as it comes, and sends those of replies so (Pure-FTPd). */
  readonly ignoresTelnet?: boolean;
}

/** The personalities that `portside serve` knows by name. */
export type PersonalityName =
  | 'standard'
  | 'iis'
  | 'no-framing'
  | 'framed-eof-on-data'
  | 'close-each'
  | 'local-time';

export const personalities: Readonly<Record<PersonalityName, Personality>> = {
  standard: {},
  iis: {
    system: 'Windows_NT',
    listing: 'dos',
    unknown: ['MLSD', 'MLST', 'MFMT', 'HASH'],
    says226: true,
    keepsOnRename: true,
  },
  'no-framing': { blockMode: 'raw' },
  'framed-eof-on-data': {
    endOfFile: 'missing',
    blockLength: 4096,
    says226: true,
    closesDataOnRefusal: true,
  },
  'close-each': {
    listing: 'totalLine',
    unknown: ['MLSD', 'MLST', 'MFMT', 'HASH'],
    endOfFile: 'onData',
    endOfRecord: true,
    blockLength: 1024,
    rawList: true,
    closesData: true,
  },
  'local-time': {
    unknown: ['MLSD', 'MLST', 'MFMT', 'HASH'],
    blockMode: 'refused',
    zone: 'America/New_York',
    setsTimeBy: 'MDTM',
  },
};

/** Reads a personality's name; `undefined` for another word. */
export function personalityOf(name: string): Personality | undefined {
  return Object.entries(personalities).find(([known]) => known === name)?.[1];
}

/**
 * What goes wrong on demand, for tests. Each field is read anew at every use, so that the owner of
 * the object may change it while the server runs.
 */
export interface Faults {
  /** These verbs get no reply (vsftpd to a STOR of a locked file, pyftpdlib on the default port). */
  silent?: readonly string[];
  /** These verbs are answered that much later, in milliseconds. */
  delays?: Readonly<Record<string, number>>;
  /** These verbs are refused with the code (502 PASV behind some appliances, 421 of a full server). */
  refusals?: Readonly<Record<string, number>>;
  /** The address in 227 (a server behind NAT that names its private one). */
  passiveHost?: string;
  /** No data connection ever comes about: all that needs one is answered with 425. */
  refusesData?: boolean;
  /** The server never gets through to the client there: its SYN is dropped, and it waits in connect(). */
  neverDials?: boolean | 'default' | 'active';
  /** The data connection breaks after so many bytes of a file, answered with 426. */
  dropAfterBytes?: number;
  /** A block is cut in half, this code follows and the connection stays open (protocol trap 5). */
  cutBlockCode?: 426 | 451;
  /** An upload is refused with 552 after all its bytes came (a full disk). */
  refusesStoredData?: boolean;
  /** Uploads lose their bytes 0xFF and are confirmed all the same (server "b"). */
  corruptsUploads?: boolean;
  /** Downloads lose their last byte and are confirmed all the same (ProFTPD after a half close). */
  shortensDownloads?: boolean;
  /** After the final reply a kept data connection is closed that much later, in milliseconds. */
  closesDataAfterMs?: number;
  /** An upload is confirmed only when the client has closed the data connection (server "a"). */
  withholdsStoreReply?: boolean;
  /** A restart marker, and 110 for it, comes in the middle of a block-mode transfer. */
  sendsMarkers?: boolean;
}
