package indicator

import (
	"bytes"
	"slices"
	"strings"
)

// notMail are words before something that looks like a mail address and names a message.
var notMail = []string{"message-id", "references", "in-reply-to", "content-id", "cid"}

// mails takes each mail address of a piece, and the domain of @domain; false if there is none.
func (s *scanner) mails(from, to int) bool {
	any := false
	for at := from; at < to; {
		i := bytes.IndexByte(s.text[at:to], '@')
		if i < 0 {
			break
		}
		end, ok := s.mail(at, at+i, to)
		any = any || ok
		at = end
	}
	return any
}

// mail takes the address around the sign at text[sign], and returns where to go on.
func (s *scanner) mail(least, sign, to int) (next int, ok bool) {
	start, end := sign, sign+1
	for start > least && sign-start < 64 && localPart(s.text[start-1]) {
		start--
	}
	for end < to && end-sign < maxName && (hostByte(s.text[end]) || s.text[end] >= 0x80) {
		end++
	}
	for end > sign+1 && strings.IndexByte(".-_", s.text[end-1]) >= 0 {
		end--
	}
	for start < sign && strings.IndexByte(".-_%+", s.text[start]) >= 0 {
		start++
	}
	host := domain(string(s.text[sign+1 : end]))
	switch {
	case host == "" || slices.Contains(notMail, s.before):
		return end, host != ""
	case start == sign:
		s.found(Indicator{Kind: Domain, Value: host}, sign+1, end)
	default:
		local := strings.ToLower(string(s.text[start:sign]))
		s.found(Indicator{Kind: Email, Value: local + "@" + host, Host: host}, start, end)
	}
	return end, true
}

// localPart reports the signs of mailboxes that are met; RFC 5322 allows more, which in a text are signs around the address.
func localPart(c byte) bool {
	return hostByte(c) || c == '%' || c == '+' || c >= 0x80
}

func hostByte(c byte) bool {
	return letter(c) || digit(c) || c == '.' || c == '-' || c == '_'
}
