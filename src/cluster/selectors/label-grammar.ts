import { line } from '../api/field-error.ts';
import {
  BINARY_OPERATORS,
  keyError,
  type Operator,
  type Requirement,
  requirement,
  SelectorError,
} from './requirement.ts';

/** The grammar of label selectors in text (apimachinery `pkg/labels/selector.go`), with the words of its errors. */

type TokenKind = 'end' | 'word' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '>' | '<' | 'in' | 'notin';

interface Token {
  kind: TokenKind;
  text: string;
}

const SYMBOLS = new Set(['(', ')', ',', '!', '=', '==', '!=', '>', '<']);
const SPACE = /[ \t\r\n]/;

const OPERATORS: Partial<Record<TokenKind, Operator>> = {
  in: 'in',
  notin: 'notin',
  '=': '=',
  '==': '==',
  '!=': '!=',
  '>': 'gt',
  '<': 'lt',
};

/** A NUL ends the text, as it does upstream. */
function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    while (SPACE.test(text[position] ?? '')) position++;
    const char = text[position] ?? '\0';
    if (char === '\0') break;
    let end = position + 1;
    if (SYMBOLS.has(char)) {
      if (SYMBOLS.has(text.slice(position, end + 1))) end++;
      const symbol = text.slice(position, end);
      tokens.push({ kind: symbol as TokenKind, text: symbol });
    } else {
      while (end < text.length && text[end] !== '\0' && !SYMBOLS.has(text[end] ?? '') && !SPACE.test(text[end] ?? '')) {
        end++;
      }
      const word = text.slice(position, end);
      tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'word', text: word });
      // A NUL after a word is swallowed with it.
      if (text[end] === '\0') end++;
    }
    position = end;
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

const found = ({ text }: Token, expected: string): SelectorError =>
  new SelectorError(`found '${text}', expected: ${expected}`);

const END: Token = { kind: 'end', text: '' };

class Parser {
  readonly #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = scan(text);
  }

  /** The next token; `in` and `notin` are words like others where no operator is expected. */
  #peek(): Token {
    const token = this.#tokens[this.#position] ?? END;
    return token.kind === 'in' || token.kind === 'notin' ? { ...token, kind: 'word' } : token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'end') return requirements;
      if (token.kind !== 'word' && token.kind !== '!') throw found(token, "!, identifier, or 'end of string'");
      requirements.push(this.#checkedRequirement());
      const after = this.#next();
      if (after.kind === 'end') return requirements;
      if (after.kind !== ',') throw found(after, "',' or 'end of string'");
      const then = this.#peek();
      if (then.kind !== 'word' && then.kind !== '!') throw found(then, "identifier after ','");
    }
  }

  #checkedRequirement(): Requirement {
    try {
      return this.#requirement();
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  #requirement(): Requirement {
    let token = this.#next();
    const negated = token.kind === '!';
    if (negated) token = this.#next();
    if (token.kind !== 'word') throw found(token, 'identifier');
    const key = token.text;
    const wrong = keyError(key, '<nil>');
    if (wrong) throw new SelectorError(line(wrong));
    const { kind } = this.#peek();
    if (negated) return requirement(key, '!', []);
    if (kind === 'end' || kind === ',') return requirement(key, 'exists', []);
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#values() : this.#value();
    return requirement(key, operator, [...new Set(values)].sort());
  }

  #operator(): Operator {
    const token = this.#tokens[this.#position++] ?? END;
    const operator = OPERATORS[token.kind];
    if (!operator) throw found(token, BINARY_OPERATORS.join(', '));
    return operator;
  }

  /** `(a,b)`; an empty place is the empty value. */
  #values(): string[] {
    const open = this.#next();
    if (open.kind !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.kind === ')') {
      this.#next();
      return [''];
    }
    if (first.kind !== 'word' && first.kind !== ',') throw found(first, "',', ')' or identifier");
    const values = this.#list();
    this.#next();
    return values;
  }

  /** Up to the closing parenthesis, which stays. */
  #list(): string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.#next();
      if (token.kind === 'word') {
        values.push(token.text);
        const after = this.#peek();
        if (after.kind === ')') return values;
        if (after.kind !== ',') throw found(after, "',' or ')'");
      } else if (token.kind === ',') {
        if (values.length === 0) values.push('');
        const after = this.#peek();
        if (after.kind === ')') return [...values, ''];
        if (after.kind === ',') values.push('');
      } else throw found(token, "',', or identifier");
    }
  }

  #value(): string[] {
    const token = this.#peek();
    if (token.kind === 'end' || token.kind === ',') return [''];
    this.#next();
    if (token.kind !== 'word') throw found(token, 'identifier');
    return [token.text];
  }
}

/** The requirements of a selector, in its order. Throws SelectorError. */
export const parseRequirements = (text: string): Requirement[] => new Parser(text).parse();
