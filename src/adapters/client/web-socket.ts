/** As much of the WebSocket of browsers as is used; that of `ws` and the global one of Node 22 have it too. */
export interface WebSocketLike {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  /** Only that of `ws` has it. */
  terminate?(): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;
