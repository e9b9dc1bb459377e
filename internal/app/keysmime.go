package app

import (
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/platform/smime"
)

// endsSoon is how long before its end the team's certificate is reported: an issuer takes a while.
const endsSoon = 30 * 24 * time.Hour

// PublicSMIME is the team's certificate for S/MIME.
type PublicSMIME struct {
	Fingerprint string     `json:"fingerprint"` // SHA-256
	Addresses   []string   `json:"addresses"`
	Expires     *time.Time `json:"expires,omitempty"`
	Certificate string     `json:"certificate"`     // PEM
	Other       string     `json:"other,omitempty"` // what is wrong with it, or soon will be
}

// publicSMIME gives the team's certificate, or why there is none.
func (a *App) publicSMIME(from string) (c *PublicSMIME, none string) {
	id, err := a.teamSMIME()
	switch {
	case err != nil:
		return nil, err.Error()
	case id == nil:
		return nil, "set reports.smime_cert and smime_key in the configuration, if some write to you so"
	}
	c = &PublicSMIME{
		Fingerprint: smime.Fingerprint(id.Certificate), Addresses: smime.Addresses(id.Certificate), Certificate: smime.PEM(id.Certificate),
		Other: smimeTrouble(id, from, a.Clock.Now()),
	}
	if end := smime.Expires(id.Certificate); !end.IsZero() {
		c.Expires = &end
	}
	return c, ""
}

// smimeTrouble says what is wrong with the team's certificate, or soon will be; "" if nothing is.
func smimeTrouble(id *smime.Identity, from string, now time.Time) string {
	named := func(a string) bool { return strings.EqualFold(a, from) }
	if err := id.Signs(now); err != nil {
		return "nothing can be signed with it: " + err.Error()
	}
	switch end := smime.Expires(id.Certificate); {
	case !slices.ContainsFunc(smime.Addresses(id.Certificate), named):
		return "messages come from " + from + ", which the certificate does not name: mail programs warn of its signatures"
	case !end.IsZero() && now.Add(endsSoon).After(end):
		return "it expires on " + end.Format(time.DateOnly) + ": get a new one, and keep the old key"
	case !id.Opens():
		return "its key is not RSA: what is encrypted to it cannot be read here"
	}
	return ""
}
