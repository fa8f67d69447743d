import { clientSide, serverSide } from './addresses.ts';

/** What stands between the two hosts. */
export interface Surroundings {
  /** What the client's side lets in of what the server begins. */
  readonly client:
    | 'everything'
    /** A stateful firewall: answers only. */
    | 'answers'
    /** Answers, and connections from who was dialled to the port that dialled. */
    | 'addressDependent';
  /** The client's side has an address of its own towards the server; ports are kept, or changed. */
  readonly nat?: 'portsKept' | 'portsChanged';
  /** A helper in the client's router reads FTP on port 21, and opens what it sees agreed on. */
  readonly alg?: boolean;
  /** The server's firewall lets in connections to port 21, and nothing else. */
  readonly onlyPort21?: boolean;
}

/**
 * The rules of the router between client and server. Linux has no address-dependent filtering of its
 * own: each SYN that leaves is noted, and what comes back along it is let in.
 */
export function routerRules({ client, nat, alg }: Surroundings): string {
  const notesHoles = client === 'addressDependent';
  return table([
    'ct helper ftp { type "ftp" protocol tcp; }',
    'set holes { type ipv4_addr . inet_service . ipv4_addr; flags dynamic,timeout; timeout 1h; }',
    'map public { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout 1h; }',
    alg &&
      chain('helping', 'filter hook prerouting priority -150', 'tcp dport 21 ct helper set "ftp"'),
    client !== 'everything' &&
      chain(
        'passing',
        'filter hook forward priority 0',
        'ct state established,related accept',
        notesHoles && `${leavingSyn} update @holes { ip saddr . tcp sport . ip daddr }`,
        `iifname ${clientSide.routerInterface} accept`,
        notesHoles && 'ip daddr . tcp dport . ip saddr @holes accept',
        'drop',
      ),
    // What nobody has a hole for ends at the router itself where it hides the client's address.
    client !== 'everything' &&
      chain(
        'arriving',
        'filter hook input priority 0',
        `iifname ${serverSide.routerInterface} ct state new drop`,
      ),
    nat &&
      chain(
        'leaving',
        'nat hook postrouting priority 100',
        `oifname ${serverSide.routerInterface} meta l4proto tcp masquerade${nat === 'portsChanged' ? ' to :40000-49999' : ''}`,
      ),
    nat &&
      notesHoles &&
      chain(
        'noting',
        'filter hook postrouting priority 110',
        `oifname ${serverSide.routerInterface} ${syn} update @public { tcp sport : ct original ip saddr . ct original proto-src }`,
      ),
    nat &&
      notesHoles &&
      chain(
        'returning',
        'nat hook prerouting priority -100',
        `iifname ${serverSide.routerInterface} ip daddr ${serverSide.router} dnat ip to tcp dport map @public`,
      ),
  ]);
}

/** The rules of the server itself. */
export function serverRules({ onlyPort21 = false }: Surroundings): string {
  return table([
    onlyPort21 &&
      chain(
        'arriving',
        'filter hook input priority 0',
        'iifname lo accept',
        'ct state established,related accept',
        'tcp dport 21 accept',
        'drop',
      ),
  ]);
}

const syn = 'tcp flags & (syn|ack) == syn';
const leavingSyn = `iifname ${clientSide.routerInterface} ${syn}`;

type Part = string | false | undefined;

function table(parts: readonly Part[]): string {
  return ['flush ruleset', 'table inet portside {', ...parts.filter(Boolean), '}', ''].join('\n');
}

function chain(name: string, hook: string, ...rules: readonly Part[]): string {
  const lines = rules.filter(Boolean).map((rule) => `  ${String(rule)}`);
  return [`chain ${name} {`, `  type ${hook}; policy accept;`, ...lines, '}'].join('\n');
}
