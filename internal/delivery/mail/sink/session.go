package sink

import (
	"errors"
	"io"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// session is one connection.
type session struct {
	server   *Server
	conn     *smtp.Conn
	loggedIn bool
	message  Message
}

func (s *Server) session(c *smtp.Conn) (smtp.Session, error) {
	s.count(func(n *Counts) { n.Connections++ })
	return &session{server: s, conn: c}, nil
}

func (s *Server) count(add func(*Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add(&s.counts)
}

// now is how the server behaves at the moment.
func (s *Server) now() Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options
}

// take uses up one of a number of mishaps.
func (s *Server) take(left func(*Options) *int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := left(&s.options)
	if *n <= 0 {
		return false
	}
	*n--
	return true
}

func answer(code int, class, subject, detail int, words string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{class, subject, detail}, Message: words}
}

func (s *session) AuthMechanisms() []string {
	if s.server.now().User == "" {
		return nil
	}
	return []string{sasl.Plain, sasl.Login}
}

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		if o := s.server.now(); user != o.User || password != o.Password {
			return smtp.ErrAuthFailed
		}
		s.loggedIn = true
		return nil
	}
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case sasl.Login:
		return &login{check: check}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

// login is the server's half of the LOGIN mechanism.
type login struct {
	check func(user, password string) error
	asked int
	user  string
}

// Next asks for the name, then the password.
func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

// Reset forgets the message begun.
func (s *session) Reset() { s.message = Message{} }

// Logout does nothing.
func (s *session) Logout() error { return nil }

// Mail takes the sender.
func (s *session) Mail(from string, o *smtp.MailOptions) error {
	options := s.server.now()
	s.server.count(func(n *Counts) { n.Mails++ })
	time.Sleep(options.Slow)
	if options.User != "" && !s.loggedIn {
		return answer(530, 5, 7, 0, "log in first")
	}
	if options.Sender != nil {
		return options.Sender
	}
	s.message = Message{From: from, EnvID: o.EnvelopeID, Return: string(o.Return), UTF8: o.UTF8}
	return nil
}

// Rcpt takes a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	options := s.server.now()
	s.server.count(func(n *Counts) { n.Rcpts++ })
	time.Sleep(options.Slow)
	switch {
	case s.server.take(func(o *Options) *int { return &o.Greylist }):
		return answer(451, 4, 7, 1, "greylisted, come back later")
	case options.Refuse != nil && options.Refuse(to):
		return answer(550, 5, 1, 1, "no such user here")
	case options.Rcpt != nil:
		return options.Rcpt
	}
	s.message.To = append(s.message.To, to)
	return nil
}

var errDropped = errors.New("the connection was dropped on purpose")

// Data takes the message.
func (s *session) Data(r io.Reader) error {
	options := s.server.now()
	if s.server.take(func(o *Options) *int { return &o.DropData }) {
		_, _ = io.CopyN(io.Discard, r, 100)
		return s.drop()
	}
	message, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.count(func(n *Counts) { n.Ends++ })
	time.Sleep(options.Slow)
	if s.server.take(func(o *Options) *int { return &o.DropEnd }) {
		return s.drop()
	}
	s.message.Bytes, s.message.ID = message, messageID(message)
	if options.Answer != nil {
		if err := options.Answer(s.message); err != nil {
			return err
		}
	}
	if err := s.keep(options); err != nil {
		return err
	}
	if s.server.take(func(o *Options) *int { return &o.DropAfter }) {
		return s.drop()
	}
	return nil
}

func (s *session) keep(o Options) error {
	if o.Taken != nil {
		if err := o.Taken(s.message); err != nil {
			return answer(451, 4, 3, 0, "cannot keep it: "+err.Error())
		}
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.messages = append(s.server.messages, s.message)
	return nil
}

func (s *session) drop() error {
	s.server.count(func(n *Counts) { n.Dropped++ })
	_ = s.conn.Conn().Close()
	return errDropped
}
