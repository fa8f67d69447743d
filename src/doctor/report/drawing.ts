import { visibleText } from '../../base/visibleText.ts';
import { type DataPortName, rungWords } from '../../ftp/rung.ts';
import { neededPorts } from './dataPortVerdict.ts';
import type { CauseId, DoctorReport, NetworkPicture, RungTrial, TrialOutcome } from './report.ts';
import { outcomeWords, wayText } from './reportText.ts';

/**
 * The report's network as SVG: which side connected to which port, where connections ended, and what
 * firewalls must let through. It uses the colours of the theme; marks, words and line styles say the
 * same without colour. Every text that comes from a server is escaped.
 */
export function drawReport(report: DoctorReport): string {
  const { network, cause } = report;
  const rows = [controlRow(report), ...network.trials.map(trialRow)];
  const bottom = top + rows.length * rowHeight + 6;
  const needed = neededTable(report, bottom + 56);
  const height = needed.bottom + 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
    ' role="img" aria-labelledby="portside-drawing-title portside-drawing-words"',
    ` font-family="var(--vscode-font-family, sans-serif)" font-size="12" fill="${ink}">`,
    `<title id="portside-drawing-title">Who connects to whom: ${escapeXml(network.host)}</title>`,
    `<desc id="portside-drawing-words">${escapeXml(inWords(report))}</desc>`,
    arrowHead,
    box(clientLeft, bottom, ['This machine', network.clientAddress ?? '']),
    box(serverLeft, bottom, serverLines(network)),
    network.proxy === undefined ? '' : bar(proxyX, bottom, `proxy ${shortened(network.proxy, 30)}`),
    firewall(cause, bottom),
    ...rows.map((row, at) => drawRow(row, top + at * rowHeight + 24, stopAt(cause))),
    needed.svg,
    '</svg>',
  ].join('\n');
}

const width = 820;
const top = 84;
const rowHeight = 34;
const boxWidth = 170;
const clientLeft = 10;
const serverLeft = width - boxWidth - 10;
const lineFrom = clientLeft + boxWidth;
const lineTo = serverLeft;
const middle = (lineFrom + lineTo) / 2;
const proxyX = lineFrom + 110;

const ink = 'var(--vscode-foreground, #333)';
const faint = 'var(--vscode-descriptionForeground, #666)';
const good = 'var(--vscode-testing-iconPassed, #2a7d2e)';
// A background for letters on a line.
const halo = 'paint-order="stroke" stroke-width="4" stroke="var(--vscode-editor-background, #fff)"';
const bad = 'var(--vscode-testing-iconFailed, #c72e0f)';

const arrowHead =
  '<defs><marker id="portside-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" ' +
  'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="context-stroke"/></marker></defs>';

interface Row {
  readonly label: string;
  readonly outcome: TrialOutcome;
  /** The outcome in words. */
  readonly came: string;
  readonly dialledBy: 'client' | 'server';
  readonly clientPort: number | undefined;
  readonly serverPort: number | undefined;
  /** Where its line stops, if that is known. */
  readonly stop?: number;
}

function controlRow(report: DoctorReport): Row {
  const { clientPort, port, tlsVersion } = report.network;
  const how = tlsVersion === undefined ? '' : ` · ${tlsVersion}`;
  return {
    label: `control connection${how}`,
    ...controlOutcome(report),
    dialledBy: 'client',
    clientPort,
    serverPort: port,
  };
}

// Why there is no control connection. For every other cause no answer came.
const unreached: Partial<Readonly<Record<CauseId, TrialOutcome>>> = {
  'host-unknown': 'notTried',
  'nobody-listens': 'refused',
  proxy: 'refused',
};

function controlOutcome({ network, cause }: DoctorReport): Pick<Row, 'outcome' | 'came' | 'stop'> {
  if (network.control === 'loggedIn') return { outcome: 'worked', came: outcomeWords.worked };
  if (network.control === 'reached')
    return { outcome: 'broken', came: 'connected, without a login' };
  const outcome = unreached[cause] ?? 'timedOut';
  return { outcome, came: outcomeWords[outcome], ...(cause === 'proxy' && { stop: proxyX }) };
}

function trialRow({ rung, outcome, dialledBy, clientPort, serverPort }: RungTrial): Row {
  const came = outcomeWords[outcome];
  return { label: rungWords(rung), outcome, came, dialledBy, clientPort, serverPort };
}

interface Look {
  readonly mark: string;
  readonly color: string;
  /** Of the line; `undefined` draws none. */
  readonly dashes: string | undefined;
}

const looks: Readonly<Record<TrialOutcome, Look>> = {
  worked: { mark: '✓', color: good, dashes: '' },
  refused: { mark: '✗', color: bad, dashes: '2 4' },
  timedOut: { mark: '✗', color: bad, dashes: '8 5' },
  broken: { mark: '✗', color: bad, dashes: '12 3 2 3' },
  notOffered: { mark: '–', color: faint, dashes: undefined },
  notTried: { mark: '–', color: faint, dashes: undefined },
};

function drawRow(row: Row, y: number, stop: number | undefined): string {
  const { mark } = looks[row.outcome];
  const words = `${mark} ${row.label}: ${row.came}`;
  return drawLine(row, y, stop) + text(middle, y - 6, words, `text-anchor="middle" ${halo}`);
}

function drawLine(row: Row, y: number, stop: number | undefined): string {
  const { color, dashes } = looks[row.outcome];
  if (dashes === undefined) return '';
  const stopped = row.outcome === 'timedOut' ? (stop ?? middle) : row.stop;
  const [from, to] = row.dialledBy === 'client' ? [lineFrom, lineTo] : [lineTo, lineFrom];
  const end = stopped ?? to;
  const dash = dashes === '' ? '' : ` stroke-dasharray="${dashes}"`;
  const head = stopped === undefined ? ' marker-end="url(#portside-arrow)"' : '';
  const cross =
    stopped === undefined
      ? ''
      : text(end, y + 7, '✗', `fill="${bad}" text-anchor="middle" font-size="20"`);
  return [
    `<path d="M${from} ${y}H${end}" stroke="${color}" stroke-width="2" fill="none"${dash}${head}/>`,
    cross,
    portText(lineFrom - 8, y, row.clientPort, 'end'),
    portText(lineTo + 8, y, row.serverPort, 'start'),
  ].join('');
}

function portText(x: number, y: number, port: number | undefined, anchor: string): string {
  return port === undefined ? '' : text(x, y + 4, `port ${port}`, `text-anchor="${anchor}"`);
}

function text(x: number, y: number, words: string, more = ''): string {
  return `<text x="${x}" y="${y}" ${more}>${escapeXml(words)}</text>`;
}

// How many letters fit into each line of a box.
const boxLetters = [20, 27, 27] as const;

function box(left: number, bottom: number, lines: readonly string[]): string {
  const shown = lines.map((line, at) =>
    text(
      left + boxWidth / 2,
      34 + at * 18,
      shortened(line, boxLetters[at] ?? boxLetters[0]),
      `text-anchor="middle"${at === 0 ? ' font-weight="bold"' : ''}`,
    ),
  );
  const height = bottom - 10;
  return `<rect x="${left}" y="10" width="${boxWidth}" height="${height}" rx="6" fill="none" stroke="${ink}"/>${shown.join('')}`;
}

function serverLines({ host, serverAddress, passiveAddress }: NetworkPicture): string[] {
  const misnamed = passiveAddress === undefined ? '' : `PASV names ${passiveAddress}`;
  return [host, serverAddress ?? '', misnamed];
}

type FirewallPlace = 'client' | 'server' | 'somewhere';

const firewallPlaces: Partial<Readonly<Record<CauseId, FirewallPlace>>> = {
  'data-ports-filtered-client': 'client',
  'data-ports-filtered-server': 'server',
  'data-ports-filtered-somewhere': 'somewhere',
};

const firewallX: Readonly<Record<FirewallPlace, number>> = {
  client: lineFrom + 60,
  server: lineTo - 60,
  somewhere: middle,
};

function stopAt(cause: CauseId): number | undefined {
  const place = firewallPlaces[cause];
  return place && firewallX[place];
}

function firewall(cause: CauseId, bottom: number): string {
  const place = firewallPlaces[cause];
  if (!place) return '';
  const label = place === 'somewhere' ? 'firewall, here or there?' : 'firewall';
  return bar(firewallX[place], bottom, label);
}

// Something between the two boxes, drawn behind the lines that pass it.
function bar(x: number, bottom: number, label: string): string {
  const line = `<path d="M${x} 44V${bottom}" stroke="${ink}" stroke-width="5" stroke-dasharray="10 4" opacity="0.45"/>`;
  return line + text(x, 34, label, 'text-anchor="middle" font-weight="bold"');
}

const portNames: Readonly<Record<DataPortName, string>> = {
  default: 'default data port',
  epsv: 'EPSV',
  pasv: 'PASV',
  eprt: 'EPRT',
  port: 'PORT',
};

const columns = [10, 140, 530] as const;

function neededTable(report: DoctorReport, from: number): { svg: string; bottom: number } {
  const rows = [
    ['What firewalls must let through', 'at this machine', 'at the server'],
    ['control connection', 'out', `in, to port ${report.network.port}`],
    ...neededPorts(report).map(({ dataPort, client, server }) => [
      portNames[dataPort],
      client,
      server,
    ]),
  ];
  const cells = rows.flatMap((row, at) =>
    row.map((words, column) => {
      // The heading is longer than its column, so it stands above the table.
      const y = from + at * 18 - (at === 0 && column === 0 ? 20 : 0);
      const bold = at === 0 ? 'font-weight="bold"' : 'font-size="11"';
      return text(columns[column] ?? 0, y, words, bold);
    }),
  );
  return { svg: cells.join('\n'), bottom: from + rows.length * 18 };
}

function inWords(report: DoctorReport): string {
  const { network, cause } = report;
  const { proxy, trials } = network;
  const place = firewallPlaces[cause];
  return [
    `Control connection: ${controlOutcome(report).came}.`,
    proxy === undefined ? '' : `It goes through the proxy ${proxy}.`,
    place === undefined ? '' : `A firewall stands ${firewallWords[place]}.`,
    ...trials.map(
      (trial) => `${rungWords(trial.rung)}: ${outcomeWords[trial.outcome]}; ${wayText(trial)}.`,
    ),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

const firewallWords: Readonly<Record<FirewallPlace, string>> = {
  client: 'in front of this machine',
  server: 'in front of the server',
  somewhere: 'in front of this machine or in front of the server',
};

/** The text for XML, in an attribute too. Characters that XML forbids are made visible. */
function escapeXml(text: string): string {
  return visibleText(text)
    .replaceAll(/[\p{Surrogate}\ufffe\uffff]/gu, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The text, cut to the length that its place in the drawing has. */
function shortened(text: string, length: number): string {
  // By whole characters: XML cannot hold half of a surrogate pair.
  const letters = text.match(/./gsu) ?? [];
  return letters.length > length ? `${letters.slice(0, length - 1).join('')}…` : text;
}
