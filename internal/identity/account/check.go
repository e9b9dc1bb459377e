package account

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
)

// Limits of what is said about a person, in bytes.
const (
	maxLogin = 64
	maxName  = 200
	maxEmail = 254 // RFC 5321 §4.5.3.1.3, without the brackets
)

// languages are those that the pages speak; empty is as the browser says.
var languages = []string{"", "en", "fr"}

// tidy brings a draft into its normal form. Error: Invalid.
func (d Draft) tidy(now time.Time) (Draft, error) {
	if d.Name = strings.TrimSpace(d.Name); d.Name == "" {
		d.Name = strings.TrimSpace(d.Login)
	}
	d.Login, d.Email, d.Organisation = lower(d.Login), strings.TrimSpace(d.Email), strings.TrimSpace(d.Organisation)
	var err error
	if d.Roles, err = checkRoles(d.Roles); err != nil {
		return d, err
	}
	switch {
	case !goodLogin(d.Login):
		return d, problem.New(problem.Invalid, "a login is made of letters a-z, digits and . _ - + @, begins and ends with a letter or digit, and has %d characters at most", maxLogin)
	case !plain(d.Name, maxName):
		return d, problem.New(problem.Invalid, "a name is one line of %d bytes at most", maxName)
	case d.Email != "" && !goodEmail(d.Email):
		return d, problem.New(problem.Invalid, "%q is no e-mail address", d.Email)
	case !slices.Contains(languages, d.Language):
		return d, problem.New(problem.Invalid, "the pages speak en and fr, not %q", d.Language)
	case slices.Contains(d.Roles, identity.Peer) != (d.Organisation != ""):
		return d, problem.New(problem.Invalid, "the role peer is for a fellow team: it needs the organisation in the register, and nobody else has one")
	case !d.Expires.IsZero() && !d.Expires.After(now):
		return d, problem.New(problem.Invalid, "an account that ends at %s is over already", d.Expires.UTC().Format(time.DateTime))
	}
	return d, nil
}

// checkRoles gives each role once, in the order of identity.Roles. Error: Invalid, for none too.
func checkRoles(roles []identity.Role) ([]identity.Role, error) {
	for _, r := range roles {
		if _, err := identity.ParseRole(string(r)); err != nil {
			return nil, err
		}
	}
	list := ordered(roles)
	if len(list) > 1 && slices.Contains(list, identity.Peer) {
		return nil, problem.New(problem.Invalid, "the role peer stands alone: a peer is no member of the team")
	}
	if len(list) == 0 {
		return nil, problem.New(problem.Invalid, "an account needs a role at least: without one it may do nothing")
	}
	return list, nil
}

// ordered gives each role once, in the order of identity.Roles; what is none is left out.
func ordered(roles []identity.Role) (list []identity.Role) {
	for _, r := range identity.Roles() {
		if slices.Contains(roles, r) {
			list = append(list, r)
		}
	}
	if slices.Contains(roles, identity.Peer) {
		list = append(list, identity.Peer)
	}
	return list
}

func lower(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

func goodLogin(login string) bool {
	inside := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }
	if login == "" || len(login) > maxLogin || !inside(rune(login[0])) || !inside(rune(login[len(login)-1])) {
		return false
	}
	return strings.IndexFunc(login, func(r rune) bool { return !inside(r) && !strings.ContainsRune("._-+@", r) }) < 0
}

func goodEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && plain(s, maxEmail)
}

// plain tells whether a text is one line that can be shown, of n bytes at most.
func plain(s string, n int) bool {
	return len(s) <= n && utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}
