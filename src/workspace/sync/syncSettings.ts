import * as v from 'valibot';
import { parseRemotePath, type RemotePath } from '../../base/paths.ts';

/** Which folder of which site a local folder is kept in step with: `portside.sync`. */
export interface SyncMapping {
  /** The id of a site, or its name. */
  readonly site: string;
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
  if (result.success) return result.output;
  if (Array.isArray(value)) {
    return 'portside.sync: a list of mappings cannot be used, only a single one; nothing is uploaded.';
  }
  const key = result.issues[0].path?.map((step) => String(step.key)).join('.');
  return key === 'remotePath'
    ? 'portside.sync: "remotePath" is not an absolute path such as /htdocs; nothing is uploaded.'
    : `portside.sync: "${key ?? 'the value'}" cannot be read: ${result.issues[0].message}. Nothing is uploaded.`;
}
