/** Ends a call with this error text. Thrown inside `rest/` only, so that each reader of a parameter may refuse it. */
export class Refusal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export function invalid(field: string): Refusal {
  return new Refusal(`EGeneral:Invalid arguments:${field}`);
}

export function unknownPair(): Refusal {
  return new Refusal('EQuery:Unknown asset pair');
}
