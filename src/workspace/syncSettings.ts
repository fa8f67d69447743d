import * as v from 'valibot';
import { parseRemotePath, type RemotePath } from '../base/paths.ts';

/** Which folder of which site a local folder is kept in step with: `portside.sync`. */
export interface SyncMapping {
  readonly siteId: string;
  readonly remotePath: RemotePath;
  readonly exclude: readonly string[];
  readonly useIgnoreFiles: boolean;
}

/** What is not uploaded unless the setting says otherwise. */
export const defaultExclude: readonly string[] = ['**/.git', '**/.vscode', '**/node_modules'];

const mappingSchema = v.object({
  site: v.pipe(v.string(), v.trim(), v.nonEmpty()),
  remotePath: v.pipe(
    v.string(),
    v.trim(),
    v.transform(parseRemotePath),
    v.custom<RemotePath>((path) => path !== undefined),
  ),
  exclude: v.optional(v.array(v.string()), [...defaultExclude]),
  useIgnoreFiles: v.optional(v.boolean(), true),
});

/** Reads `portside.sync`. `undefined` when nothing is mapped, a sentence when it cannot be read. */
export function readSyncMapping(value: unknown): SyncMapping | string | undefined {
  if (value === null || value === undefined) return undefined;
  const result = v.safeParse(mappingSchema, value, { abortEarly: true });
  if (result.success) {
    const { site: siteId, ...mapping } = result.output;
    return { siteId, ...mapping };
  }
  const key = result.issues[0].path?.map((step) => String(step.key)).join('.');
  return key === 'remotePath'
    ? 'portside.sync: "remotePath" is not an absolute path such as /htdocs.'
    : `portside.sync: "${key ?? 'the value'}" cannot be read: ${result.issues[0].message}.`;
}
