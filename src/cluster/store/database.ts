import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** A row of the table of objects. */
export interface Row {
  /** `resource/namespace/name`, the resource with its group; the namespace is '' for cluster-wide kinds. */
  key: string;
  revision: number;
  /** The object as JSON, its resourceVersion included. */
  value: string;
}

/** What one commit changes: a row to write, or (value undefined) to remove. */
export interface RowChange {
  key: string;
  revision: number;
  value: string | undefined;
}

/**
 * The objects on disk: SQLite in WAL mode, one transaction a commit. A commit is in the operating system's hands when
 * `write` returns, so it outlives the process however that ends (`synchronous = NORMAL`: a power cut can take the last
 * commits, never part of one).
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #mark: StatementSync;

  /** Opens `sluice.db` in `dir`, which is made when it is missing; undefined keeps everything in memory. */
  constructor(dir: string | undefined) {
    if (dir) mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#db = new DatabaseSync(dir ? join(dir, 'sluice.db') : ':memory:');
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA locking_mode = EXCLUSIVE;
      CREATE TABLE IF NOT EXISTS objects (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    `);
    this.#put = this.#db.prepare('INSERT OR REPLACE INTO objects (key, revision, value) VALUES (?, ?, ?)');
    this.#remove = this.#db.prepare('DELETE FROM objects WHERE key = ?');
    this.#mark = this.#db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('revision', ?)");
  }

  /** Every object, and the highest revision ever given. */
  load(): { rows: Row[]; revision: number } {
    const rows = this.#db.prepare('SELECT key, revision, value FROM objects ORDER BY key').all() as unknown as Row[];
    const mark = this.#db.prepare("SELECT value FROM meta WHERE name = 'revision'").get();
    let revision = Number(mark?.['value'] ?? 0);
    for (const row of rows) revision = Math.max(revision, row.revision);
    return { rows, revision };
  }

  /** All of the changes or none of them. */
  write(changes: readonly RowChange[]): void {
    const [first] = changes;
    // A row carries its revision; only a removal has to note it elsewhere.
    if (changes.length === 1 && first?.value !== undefined) {
      this.#put.run(first.key, first.revision, first.value);
      return;
    }
    this.#db.exec('BEGIN');
    try {
      for (const { key, revision, value } of changes) {
        if (value === undefined) this.#remove.run(key);
        else this.#put.run(key, revision, value);
      }
      this.#mark.run(changes.at(-1)?.revision ?? 0);
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }
}
