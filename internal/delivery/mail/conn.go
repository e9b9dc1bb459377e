package mail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
)

// conn speaks SMTP as a client. It is written here, and not taken from a library, because the outcome of an attempt depends on the very
// byte at which it broke off: whether the final dot had begun to be written.
type conn struct {
	net     net.Conn
	in      *bufio.Reader
	timeout time.Duration     // for one answer
	ext     map[string]string // what the server offers, in capitals, with its parameters
	used    time.Time         // when it last served
	fresh   bool              // no message was sent over it yet
}

func newConn(c net.Conn, timeout time.Duration) *conn {
	return &conn{net: c, in: bufio.NewReaderSize(c, maxReplyLine), timeout: timeout, fresh: true}
}

// What a server's answer may be (RFC 5321 §4.5.3.1.5 allows lines of 512 bytes).
const (
	maxReplyLine  = 4096
	maxReplyLines = 200
)

// reply is an answer of the server.
type reply struct {
	code   int
	status string // enhanced (RFC 3463), "" for none
	text   string // one line, without control characters
	lines  []string
}

// phase is the first digit of the code.
func (r reply) phase() int { return r.code / 100 }

// String is the answer as a person reads it.
func (r reply) String() string {
	return strings.TrimSpace(strings.Join(strings.Fields(fmt.Sprint(r.code, " ", r.status, " ", r.text)), " "))
}

var (
	errNoReply = errors.New("the server's answer is not SMTP")
	errUnasked = errors.New("the server answers what it was not asked, so no answer can be told from another's")
)

// inStep reports that no answer is waiting to be taken for that to the next command: one recipient's refusal must not become another's.
func (c *conn) inStep() error {
	if c.in.Buffered() > 0 {
		return errUnasked
	}
	return nil
}

// read reads one answer.
func (c *conn) read() (reply, error) {
	if err := c.net.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return reply{}, err
	}
	return c.readUntilDeadline()
}

func (c *conn) readUntilDeadline() (reply, error) {
	var r reply
	for range maxReplyLines {
		raw, err := c.in.ReadSlice('\n')
		if err != nil {
			return reply{}, err
		}
		line := strings.TrimRight(string(raw), "\r\n")
		code, err := strconv.Atoi(line[:min(3, len(line))])
		if err != nil || code < 200 || code > 599 || r.code != 0 && code != r.code || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
			return reply{}, errNoReply
		}
		r.code = code
		r.lines = append(r.lines, strings.TrimSpace(line[min(4, len(line)):]))
		if len(line) == 3 || line[3] == ' ' {
			return r.readable(), nil
		}
	}
	return reply{}, errNoReply
}

// readable takes the enhanced status from the lines, and makes them one.
func (r reply) readable() reply {
	words := make([]string, len(r.lines))
	for i, line := range r.lines {
		words[i] = line
		first, rest, _ := strings.Cut(line, " ")
		if isStatus(first, r.phase()) {
			r.status, words[i] = first, rest
		}
	}
	r.text = oneLine(strings.Join(words, " "), 400)
	return r
}

// isStatus tells whether s is an enhanced status of the class, such as 5.1.1 (RFC 3463 §2).
func isStatus(s string, class int) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || parts[0] != strconv.Itoa(class) {
		return false
	}
	for _, p := range parts {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return true
}

// command sends one line and reads the answer.
func (c *conn) command(line string) (reply, error) {
	if strings.ContainsAny(line, "\r\n\x00") {
		return reply{}, errors.New("a command would have a line break in it")
	}
	if err := c.inStep(); err != nil {
		return reply{}, err
	}
	if err := c.net.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return reply{}, err
	}
	if _, err := c.net.Write([]byte(line + "\r\n")); err != nil {
		return reply{}, err
	}
	return c.read()
}

// hello says who we are and learns what the server offers.
func (c *conn) hello(name string) (reply, error) {
	r, err := c.command("EHLO " + name)
	if err != nil || r.phase() != 2 {
		return r, err
	}
	c.ext = map[string]string{}
	for _, line := range r.lines[1:] {
		word, params, _ := strings.Cut(line, " ")
		c.ext[strings.ToUpper(word)] = params
	}
	return r, nil
}

func (c *conn) offers(extension string) bool {
	_, ok := c.ext[extension]
	return ok
}

// maxSize is the largest message that the server takes, 0 for not told (RFC 1870 §3).
func (c *conn) maxSize() int {
	n, _ := strconv.Atoi(c.ext["SIZE"])
	return n
}

// mechanism chooses how to log in; nil is in no way that both know.
func (c *conn) mechanism(user, password string) sasl.Client {
	offered := strings.Fields(strings.ToUpper(c.ext["AUTH"]))
	for _, m := range offered {
		if m == sasl.Plain {
			return sasl.NewPlainClient("", user, password)
		}
	}
	for _, m := range offered {
		if m == sasl.Login {
			return &login{answers: []string{user, password}}
		}
	}
	return nil
}

// login is the mechanism LOGIN, which has no standard: the server asks for the name and then for the password, in words that differ, so only
// the order counts.
type login struct{ answers []string }

// Start names the mechanism.
func (l *login) Start() (mechanism string, first []byte, err error) { return sasl.Login, nil, nil }

// Next answers the next question.
func (l *login) Next([]byte) ([]byte, error) {
	if len(l.answers) == 0 {
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	answer := l.answers[0]
	l.answers = l.answers[1:]
	return []byte(answer), nil
}

// authenticate logs in (RFC 4954 §4).
func (c *conn) authenticate(m sasl.Client) (reply, error) {
	name, first, err := m.Start()
	if err != nil {
		return reply{}, err
	}
	line := "AUTH " + name
	if first != nil {
		line += " " + encode64(first)
	}
	r, err := c.command(line)
	for err == nil && r.code == 334 {
		var challenge, answer []byte
		if challenge, err = decode64(r.lines[0]); err != nil {
			return r, err
		}
		if answer, err = m.Next(challenge); err != nil {
			return r, err
		}
		r, err = c.command(encode64(answer))
	}
	return r, err
}

// chunk is how much is written before the deadline begins anew.
const chunk = 64 << 10

// body writes the message, without the dot that ends it.
func (c *conn) body(message []byte) error {
	if err := c.inStep(); err != nil {
		return err
	}
	message = dotted(message)
	for len(message) > 0 {
		n := min(chunk, len(message))
		if err := c.net.SetDeadline(time.Now().Add(c.timeout)); err != nil {
			return err
		}
		if _, err := c.net.Write(message[:n]); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

// dotted doubles leading dots (RFC 5321 §4.5.2) and sees that the last line is ended. Messages made here need neither.
func dotted(message []byte) []byte {
	if bytes.HasPrefix(message, []byte(".")) {
		message = append([]byte("."), message...)
	}
	if bytes.Contains(message, []byte("\n.")) {
		message = bytes.ReplaceAll(message, []byte("\n."), []byte("\n.."))
	}
	if !bytes.HasSuffix(message, []byte("\r\n")) {
		message = append(bytes.Clone(message), '\r', '\n')
	}
	return message
}

// patience is how many times longer the answer to the dot is waited for than any other: the server may still have to scan the message, and to
// give up too early means to send it twice (RFC 5321 §4.5.3.2.6 asks for ten minutes).
const patience = 5

// dot ends the message. From here on nobody knows, until the server answers.
func (c *conn) dot() error {
	if err := c.net.SetDeadline(time.Now().Add(patience * c.timeout)); err != nil {
		return err
	}
	_, err := c.net.Write([]byte(".\r\n"))
	return err
}

// quit says goodbye without waiting for long.
func (c *conn) quit() {
	_ = c.net.SetDeadline(time.Now().Add(time.Second))
	_, _ = c.net.Write([]byte("QUIT\r\n"))
	_, _ = c.readUntilDeadline()
	_ = c.net.Close()
}
