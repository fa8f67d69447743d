import * as vscode from 'vscode';

/** The position of a step, and how its question looks. */
export interface StepFrame {
  readonly title: string;
  readonly step: number;
  readonly totalSteps: number;
  /** False for the first step. */
  readonly canGoBack: boolean;
}

/** `back`: the user wants to see the step before. `undefined`: the user has cancelled. */
export type Answer<T> = { readonly value: T } | 'back' | undefined;

/** One question of a dialog in several steps. It keeps its answer in the draft. */
export type InputStep<Draft> = (draft: Draft, frame: StepFrame) => Promise<Answer<Draft>>;

/**
 * Goes through the steps, forwards and back, until the last is answered. The steps may depend on earlier
 * answers. `undefined` when the user cancels.
 */
export async function runSteps<Draft>(
  title: string,
  first: Draft,
  stepsOf: (draft: Draft) => readonly InputStep<Draft>[],
): Promise<Draft | undefined> {
  const drafts: Draft[] = [first];
  for (;;) {
    const draft = drafts.at(-1) ?? first;
    const steps = stepsOf(draft);
    const ask = steps[drafts.length - 1];
    if (!ask) return draft;
    const frame = {
      title,
      step: drafts.length,
      totalSteps: steps.length,
      canGoBack: drafts.length > 1,
    };
    const answer = await ask(draft, frame);
    if (answer === undefined) return undefined;
    if (answer === 'back') drafts.pop();
    else drafts.push(answer.value);
  }
}

/** A question whose answer is a line of text. */
export interface TextQuestion {
  readonly prompt: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly password?: boolean;
  /** A sentence when the text cannot be accepted. */
  readonly validate?: (text: string) => string | undefined;
}

/** Asks for a line of text. */
export async function askText(frame: StepFrame, question: TextQuestion): Promise<Answer<string>> {
  const input = vscode.window.createInputBox();
  apply(input, frame);
  input.prompt = question.prompt;
  input.value = question.value;
  input.placeholder = question.placeholder ?? '';
  input.password = question.password ?? false;
  const { promise, resolve } = Promise.withResolvers<Answer<string>>();
  input.onDidChangeValue(() => {
    input.validationMessage = undefined;
  });
  input.onDidAccept(() => {
    const problem = question.validate?.(input.value);
    if (problem === undefined) resolve({ value: input.value });
    else input.validationMessage = problem;
  });
  return shown(input, promise, resolve);
}

/** One of a few answers. */
export interface Choice<T> {
  readonly label: string;
  readonly detail?: string;
  readonly value: T;
}

/** Asks for one of a few answers. `active` is proposed. */
export async function askChoice<T>(
  frame: StepFrame,
  placeholder: string,
  choices: readonly Choice<T>[],
  active: T,
): Promise<Answer<T>> {
  const pick = vscode.window.createQuickPick<Choice<T> & vscode.QuickPickItem>();
  apply(pick, frame);
  pick.placeholder = placeholder;
  pick.items = choices;
  pick.activeItems = choices.filter((choice) => choice.value === active);
  const { promise, resolve } = Promise.withResolvers<Answer<T>>();
  pick.onDidAccept(() => {
    const [chosen] = pick.selectedItems;
    if (chosen) resolve({ value: chosen.value });
  });
  return shown(pick, promise, resolve);
}

type Input = vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>;

function apply(input: vscode.QuickInput, frame: StepFrame): void {
  input.title = frame.title;
  // A single question has no steps to count.
  if (frame.totalSteps > 1) {
    input.step = frame.step;
    input.totalSteps = frame.totalSteps;
  }
  // Users copy addresses and passwords from other windows.
  input.ignoreFocusOut = true;
}

async function shown<T>(
  input: Pick<Input, 'onDidHide' | 'show' | 'dispose' | 'title'> & {
    buttons: readonly vscode.QuickInputButton[];
    readonly onDidTriggerButton: vscode.Event<vscode.QuickInputButton>;
    readonly step: number | undefined;
  },
  answer: Promise<Answer<T>>,
  resolve: (answer: Answer<T>) => void,
): Promise<Answer<T>> {
  if ((input.step ?? 1) > 1) input.buttons = [vscode.QuickInputButtons.Back];
  input.onDidTriggerButton(() => resolve('back'));
  input.onDidHide(() => resolve(undefined));
  input.show();
  try {
    return await answer;
  } finally {
    input.dispose();
  }
}
