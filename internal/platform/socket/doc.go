// Package socket lets a program be asked, by others on the same machine, to run command lines for them.
//
// The server listens at a file that only its user, and root, may open; the kernel says who asks. A client sends one command line and becomes its
// terminal: it shows what the command prints, hands over its standard input as far as the command reads it, and ends with its exit code.
//
// Frames are a byte that says what it is, the length as four bytes (big-endian), and so many bytes, at most MaxFrame. Both sides begin with a
// hello that carries the version of this protocol; another version is refused in words. Output is written while the client takes it, and
// input is asked for: neither side keeps what the other does not want yet.
//
// When the client goes away, or asks for it, the command's context ends. When the server goes away the client says so, and that nobody knows
// how far the command came.
package socket
