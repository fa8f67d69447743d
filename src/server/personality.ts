/** How a kind of server behaves. What is left out is as the standard says. */
export interface Personality {
  /** The text of SYST's reply. */
  readonly system?: string;
  /** `dos`: IIS, unless told otherwise. `totalLine`: inetutils-ftpd, linux-ftpd, server "b". */
  readonly listing?: 'unix' | 'dos' | 'totalLine';
  /** Commands that are answered with 500 and left out of FEAT (MLSD and MLST of IIS and vsftpd). */
  readonly unknown?: readonly string[];
  /** The answer to MODE B. `raw`: 200, but the data comes without blocks (seen on real servers). */
  readonly blockMode?: 'framed' | 'refused' | 'raw';
  /** `onData`: on the last data block (server "b"); `missing`: the same, but none when the size is a multiple of the block ("a"). */
  readonly endOfFile?: 'own' | 'onData' | 'missing';
  /** Bytes in a block: 4096 ("a"), 1024 ("b"). */
  readonly blockLength?: number;
  /** Sets the end-of-record bit beside the end-of-file bit (server "b"). */
  readonly endOfRecord?: boolean;
  /** MLSD is sent raw over a connection of its own, as in RFC 3659, 7.2. */
  readonly rawMlsd?: boolean;
  /** LIST and NLST are sent raw in block mode, and the connection is closed (server "b"). */
  readonly rawList?: boolean;
  /** The data connection is closed after each transfer (server "b"). */
  readonly closesData?: boolean;
  /** 226 even if the data connection stays open (servers "a", IIS). */
  readonly says226?: boolean;
  /** A refused RETR closes the data connection (server "a"). */
  readonly closesDataOnRefusal?: boolean;
  /** The time zone of listings; UTC if left out. MDTM and MLSx are always in UTC. */
  readonly zone?: string;
  /** The command, besides MFMT, that sets the time of a file: MDTM (vsftpd), SITE UTIME (Pure-FTPd). */
  readonly setsTimeBy?: 'MDTM' | 'SITE UTIME';
  /** Options before LIST's pathname are refused with 501 (pyftpdlib does that to STAT). */
  readonly refusesListOptions?: boolean;
  /** RNTO does not replace a file (IIS). */
  readonly keepsOnRename?: boolean;
  /** Connects to U-1 in place of the default data port (ProFTPD). */
  readonly dialsBelowDefault?: boolean;
  /** Knows nothing of Telnet: takes and sends the byte 0xFF as it is (Pure-FTPd). */
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
    endOfFile: 'onData',
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
 * What goes wrong on demand, for tests. Each field is read again at every use, so that a test can change
 * the object while the server runs.
 */
export interface Faults {
  /** These commands get no reply (vsftpd: STOR of a locked file; pyftpdlib: on the default port). */
  silent?: readonly string[];
  /** These commands are answered so many milliseconds later. */
  delays?: Readonly<Record<string, number>>;
  /** These commands are refused with the code (502 to PASV behind some appliances, 421 of a full server). */
  refusals?: Readonly<Record<string, number>>;
  /** The address in 227 (a server behind NAT names its private address). */
  passiveHost?: string;
  /** No data connection can be opened: every command that needs one is answered with 425. */
  refusesData?: boolean;
  /** The server cannot reach the client at these ports: its SYN is dropped, and it waits in connect(). */
  neverDials?: boolean | 'default' | 'active';
  /** The data connection breaks after so many bytes of a file, and the reply is 426. */
  dropAfterBytes?: number;
  /** A block is cut in half, this code follows, and the connection stays open. */
  cutBlockCode?: 426 | 451;
  /** An upload is refused with 552 after all its bytes have come (a full disk). */
  refusesStoredData?: boolean;
  /** Uploads lose their 0xFF bytes but are confirmed (server "b"). */
  corruptsUploads?: boolean;
  /** Downloads lose their last byte but are confirmed (ProFTPD after a half close). */
  shortensDownloads?: boolean;
  /** A kept data connection is closed so many milliseconds after the final reply. */
  closesDataAfterMs?: number;
  /** An upload is confirmed only when the client has closed the data connection (server "a"). */
  withholdsStoreReply?: boolean;
  /** A restart marker, and 110 for it, comes in the middle of a block-mode transfer. */
  sendsMarkers?: boolean;
}
