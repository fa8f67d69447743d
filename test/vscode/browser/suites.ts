import type { Suite } from '../../../scripts/stages/mochaRun.ts';
import { doctor } from './doctor.ts';
import { editing } from './editing.ts';
import { newWindow } from './newWindow.ts';
import { sidebar } from './sidebar.ts';
import type { World } from './world.ts';

/** Every suite of the browser stage, in the order in which they run; each has a window. */
export function browserSuites(world: World): readonly Suite[] {
  return [newWindow(world), editing(world), sidebar(world), doctor(world)];
}
