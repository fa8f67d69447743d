import type { RemotePath } from '../base/paths.ts';

/** A path on a site. */
export interface Place {
  readonly siteId: string;
  readonly path: RemotePath;
}

/** The same text for the same place, and for no other. */
export function placeKey(place: Place): string {
  return `${place.siteId}${place.path}`;
}
