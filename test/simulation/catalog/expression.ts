/** An expression as a tree: `cel` writes it for the engine, `valueOf` computes it for the model. */
export type Expression =
  | number
  | boolean
  | { readonly text: string }
  | { readonly data: string }
  | { readonly attribute: string }
  | { readonly metric: string }
  | { readonly name: 'user.level' | 'event.local.hour' | 'event.local.weekday' | 'event.type' | 'value' }
  | { readonly op: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly call: Call; readonly args: readonly Expression[] };

type Operator = '+' | '-' | '*' | '/' | '<' | '<=' | '>=' | '==' | '!=' | '&&' | '||';
type Call = 'floor' | 'ceil' | 'sqrt' | 'min' | 'max';
export type Value = number | string | boolean;

/** What an expression sees. */
export interface View {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly hour: number;
  readonly weekday: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly level: number;
  readonly metric: (name: string) => number;
  readonly value: number;
}

export function cel(expression: Expression): string {
  if (typeof expression === 'number') return expression < 0 ? `(${expression})` : String(expression);
  if (typeof expression === 'boolean') return String(expression);
  if ('text' in expression) return JSON.stringify(expression.text);
  if ('data' in expression) return `event.data.${expression.data}`;
  if ('attribute' in expression) return `user.attributes.${expression.attribute}`;
  if ('metric' in expression) return `metrics['${expression.metric}']`;
  if ('name' in expression) return expression.name;
  if ('call' in expression) return `${expression.call}(${expression.args.map(cel).join(', ')})`;
  return `(${cel(expression.left)} ${expression.op} ${cel(expression.right)})`;
}

/** Undefined where there is no value: a field that is missing, a type that does not fit, no finite number. */
export function valueOf(expression: Expression, view: View): Value | undefined {
  if (typeof expression === 'number' || typeof expression === 'boolean') return expression;
  if ('text' in expression) return expression.text;
  if ('data' in expression) return single(view.data[expression.data]);
  if ('attribute' in expression) return single(view.attributes[expression.attribute]);
  if ('metric' in expression) return view.metric(expression.metric);
  if ('name' in expression) {
    if (expression.name === 'user.level') return view.level;
    if (expression.name === 'event.local.hour') return view.hour;
    if (expression.name === 'event.local.weekday') return view.weekday;
    return expression.name === 'event.type' ? view.type : view.value;
  }
  if ('call' in expression)
    return finite(
      called(
        expression.call,
        expression.args.map((arg) => valueOf(arg, view)),
      ),
    );
  return operated(expression.op, valueOf(expression.left, view), valueOf(expression.right, view));
}

export function numberOf(expression: Expression, view: View): number | undefined {
  const value = valueOf(expression, view);
  return typeof value === 'number' ? value : undefined;
}

function single(value: unknown): Value | undefined {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : undefined;
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function called(call: Call, args: readonly (Value | undefined)[]): number {
  const [first = Number.NaN, second = Number.NaN] = args.map((arg) => (typeof arg === 'number' ? arg : Number.NaN));
  return call === 'min' || call === 'max' ? Math[call](first, second) : Math[call](first);
}

function operated(op: Operator, left: Value | undefined, right: Value | undefined): Value | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (op === '==') return left === right;
  if (op === '!=') return left !== right;
  if (op === '&&' || op === '||') {
    if (typeof left !== 'boolean' || typeof right !== 'boolean') return undefined;
    return op === '&&' ? left && right : left || right;
  }
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  switch (op) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>=':
      return left >= right;
    case '+':
      return finite(left + right);
    case '-':
      return finite(left - right);
    case '*':
      return finite(left * right);
    case '/':
      return finite(left / right);
  }
}
