import type { SecretStorage } from 'vscode';
import { EventEmitter } from '../../support/vscode.ts';

/** A secret storage in memory. */
export class FakeSecrets implements SecretStorage {
  readonly values: Map<string, string> = new Map<string, string>();
  readonly onDidChange: SecretStorage['onDidChange'] = new EventEmitter<{ key: string }>().event;

  async keys(): Promise<string[]> {
    return [...this.values.keys()];
  }

  async get(key: string): Promise<string | undefined> {
    return this.values.get(key);
  }

  async store(key: string, value: string): Promise<void> {
    this.values.set(key, value);
  }

  async delete(key: string): Promise<void> {
    this.values.delete(key);
  }
}
