package mail

import (
	"net/mail"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// maxAddress is how long an address may be (RFC 5321 §4.5.3.1.3, the brackets apart).
const maxAddress = 254

// parseAddress takes one bare address and returns it with its domain in small letters, and the domain. The local part may have letters beyond
// ASCII (RFC 6531). Quoted ones and groups are refused: what reads them differs too much to be safe.
func parseAddress(s string) (whole, domain string, err error) {
	bad := problem.New(problem.Invalid, "%q is no mail address that can be used: give it as name@example.org", oneLine(s, 80))
	if len(s) > maxAddress || strings.ContainsAny(s, " \t\r\n\x00<>\"(),:;\\[]") || oneLine(s, maxAddress) != s {
		return "", "", bad
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Name != "" || parsed.Address != s {
		return "", "", bad
	}
	at := strings.LastIndexByte(s, '@')
	domain = strings.ToLower(s[at+1:])
	if !isHost(domain) || len(s[:at]) > 64 {
		return "", "", bad
	}
	return s[:at+1] + domain, domain, nil
}

// isHost tells whether s is a host name in its ASCII form, in small letters.
func isHost(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// messageIDs keeps what is well formed of the ids of earlier messages, in angle brackets: the first and the latest where there are many
// (RFC 5322 §3.6.4 lets a thread lose its middle).
func messageIDs(ids ...string) string {
	const most = 20
	var good []string
	for _, id := range ids {
		if isMessageID(id) {
			good = append(good, id)
		}
	}
	if len(good) > most {
		good = append(good[:1], good[len(good)-most+1:]...)
	}
	return strings.Join(good, " ")
}

func isMessageID(s string) bool {
	const limit = 250
	if len(s) > limit || len(s) < 5 || s[0] != '<' || s[len(s)-1] != '>' {
		return false
	}
	inner := s[1 : len(s)-1]
	left, right, ok := strings.Cut(inner, "@")
	return ok && left != "" && right != "" && isPrintable(inner) && !strings.ContainsAny(inner, " <>(),;:\\\"") && !strings.Contains(right, "@")
}
