/** Why a socket was closed by the server: RFC 6455, 7.4.1, and from 4000 on our own. The list is part of the protocol. */
export enum CloseCode {
  ShuttingDown = 1001,
  /** Frames that are none of the protocol: not masked, reserved bits, unknown opcodes. */
  ProtocolError = 1002,
  BinaryFrame = 1003,
  BadUtf8 = 1007,
  TooManyBadMessages = 1008,
  TooLarge = 1009,
  Internal = 1011,
  /** The reader is too slow. */
  Overloaded = 1013,
  SessionEnded = 4401,
  NoSessionInTime = 4408,
  TooManyMessages = 4429,
}
