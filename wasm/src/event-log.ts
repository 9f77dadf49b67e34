/** Events for any number of readers, each of whom sees them from the first on. */
export class EventLog<Event> implements AsyncIterable<Event> {
  readonly #events = new Map<number, Event>();  // by number; those that were dropped are missing
  readonly #droppable: number[] = [];
  #next = 0;
  #closed = false;
  #cut = false;
  #wake: () => void = () => {};
  #news = this.#promise();

  /** keep: how many droppable events are held, the newest, for readers who lag behind. */
  constructor(private readonly keep: number) {}

  push(event: Event, droppable = false): void {
    if (this.#closed) return;
    this.#events.set(this.#next, event);
    if (droppable && this.#droppable.push(this.#next) > this.keep) this.#events.delete(this.#droppable.shift() ?? -1);
    ++this.#next;
    this.#ring();
  }

  /** Readers come to an end when they have seen all. */
  close(): void {
    this.#closed = true;
    this.#ring();
  }

  /** Readers come to an end now. */
  cut(): void {
    this.#cut = true;
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void> {
    for (let at = 0; ;) {
      for (; at < this.#next; ++at) {
        if (this.#cut) return;
        const event = this.#events.get(at);
        if (event !== undefined) yield event;
      }
      if (this.#closed) return;
      await this.#news;
    }
  }

  #ring(): void {
    this.#wake();
    this.#news = this.#promise();
  }
  #promise(): Promise<void> {
    return new Promise((resolve) => { this.#wake = resolve; });
  }
}
