package constituency

import (
	"cmp"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/firehall/firehall/internal/core/problem"
)

// Channel is the way to a contact.
type Channel string

// The channels.
const (
	Mail    Channel = "mail"
	Phone   Channel = "phone"
	Webhook Channel = "webhook"
)

// Purpose says what a contact is for.
type Purpose string

// The purposes.
const (
	Abuse     Purpose = "abuse"
	Security  Purpose = "security"
	AllHours  Purpose = "24/7"
	Legal     Purpose = "legal"
	Technical Purpose = "technical"
)

// Purposes lists the purposes.
func Purposes() []Purpose { return []Purpose{Abuse, Security, AllHours, Legal, Technical} }

// ParsePurpose reads a purpose; letter case does not matter.
func ParsePurpose(s string) (Purpose, error) {
	if p := strings.TrimSpace(s); p == "24x7" || p == "24-7" {
		return AllHours, nil
	}
	return oneOf("purpose", s, Purposes())
}

// Health is what is known of a contact's reachability.
type Health string

// The healths.
const (
	Unknown  Health = "unknown"  // never tried
	Good     Health = "good"     // answered or confirmed
	Doubtful Health = "doubtful" // something soft failed; still used
	Bad      Health = "bad"      // bounced for good; no longer used until someone mends it
)

// Healths lists the healths.
func Healths() []Health { return []Health{Unknown, Good, Doubtful, Bad} }

// ParseHealth reads a health; letter case does not matter.
func ParseHealth(s string) (Health, error) { return oneOf("health", s, Healths()) }

// Contact is a mailbox, telephone or webhook at which an organisation can act.
type Contact struct {
	ID             string
	Organisation   string // id
	Channel        Channel
	Address        string // soc@example.org, tel:+358295390230, https://example.org/hook
	Purpose        Purpose
	Language       string    // BCP 47, canonical; "" when unknown
	Key            string    // armoured OpenPGP public key, or certificate (PEM) if IsCertificate; "" for none
	KeyFingerprint string    // lower-case hexadecimal, derived from Key
	KeyExpires     time.Time // zero when the key never expires or there is none
	Encryption     string    // EncryptionRequired, or "": encrypted when there is a key
	Health         Health
	Version        int64
}

// EncryptionRequired says of a contact that nothing may go to it unencrypted: without a valid key messages are held.
const EncryptionRequired = "required"

// Usable reports whether a message may go to the contact.
func (c Contact) Usable() bool { return c.Health != Bad }

// normal checks a contact and returns it in canonical form, the key's facts read anew.
func (c Contact) normal() (Contact, error) {
	var err error
	if c.Channel, c.Address, err = ParseAddress(c.Address); err != nil {
		return c, err
	}
	if c.Purpose == "" {
		c.Purpose = Abuse
	}
	if c.Purpose, err = ParsePurpose(string(c.Purpose)); err != nil {
		return c, err
	}
	if c.Language, err = ParseLanguage(c.Language); err != nil {
		return c, err
	}
	if c.Health == "" {
		c.Health = Unknown
	}
	if c.Health, err = ParseHealth(string(c.Health)); err != nil {
		return c, err
	}
	if c.Encryption, err = ParseEncryption(c.Encryption); err != nil {
		return c, err
	}
	if c.Encryption == EncryptionRequired && c.Channel == Phone {
		return c, errSpoken
	}
	key, err := KeyFor(c.Key, c.Channel, c.Address)
	c.Key, c.KeyFingerprint, c.KeyExpires = key.Armoured, key.Fingerprint, key.Expires
	return c, err
}

// errSpoken is what is wrong with a telephone that requires encryption: it would never be rung.
var errSpoken = problem.New(problem.Invalid, "a telephone call cannot be encrypted: leave encryption out for it")

// ParseEncryption reads whether a contact wants everything encrypted: "required", or "optional", which is "".
func ParseEncryption(s string) (string, error) {
	word, err := oneOf("encryption", cmp.Or(strings.TrimSpace(s), encryptionOptional), []string{EncryptionRequired, encryptionOptional})
	if word == encryptionOptional {
		word = ""
	}
	return word, err
}

const encryptionOptional = "optional"

func encryptionWord(encryption string) string { return cmp.Or(encryption, encryptionOptional) }

// ParseAddress reads a contact's address: a mail address (alone, or after
// mailto:), tel: and a number in international form, or an https: webhook.
func ParseAddress(text string) (Channel, string, error) {
	s := strings.TrimSpace(text)
	if err := cleanText(s, 1000); err != nil {
		return "", "", err
	}
	switch scheme, rest, _ := strings.Cut(s, ":"); strings.ToLower(scheme) {
	case "tel":
		number, err := parsePhone(rest)
		return Phone, number, err
	case "https":
		hook, err := parseWebhook(s)
		return Webhook, hook, err
	case "http":
		return "", "", problem.New(problem.Invalid, "%q: a webhook must use https:", clip(withoutPassword(s)))
	case "mailto":
		s = rest
	}
	address, err := parseMail(s)
	return Mail, address, err
}

// maxLocal is the longest part before the @, in octets (RFC 5321 §4.5.3.1.1).
const maxLocal = 64

// parseMail takes a bare address and writes its domain in lower-case ASCII form. What stands before the @ may be UTF-8 (RFC 6532 §3.2,
// kept in NFC as §3.1 recommends): the relay must then offer SMTPUTF8. A quoted one is refused: so many programs read it
// wrongly that somebody else could be told.
func parseMail(s string) (string, error) {
	if strings.ContainsAny(s, `"\`) {
		return "", problem.New(problem.Invalid, "%q: addresses with quotes or backslashes are not taken, since many mail programs read them wrongly: ask for another address", clip(withoutPassword(s)))
	}
	bad := problem.New(problem.Invalid, "%q is no contact: use a mail address, tel:+358... or https://...", clip(withoutPassword(s)))
	s = norm.NFC.String(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || len(s) > 254 {
		return "", bad
	}
	local, domain, _ := strings.Cut(s, "@")
	if len(local) > maxLocal {
		return "", problem.New(problem.Invalid, "%q: what stands before the @ is longer than %d octets", clip(withoutPassword(s)), maxLocal)
	}
	host, err := strictIDNA.ToASCII(domain)
	if err != nil || !strings.Contains(host, ".") {
		return "", bad
	}
	return local + "@" + host, nil
}

// parsePhone keeps an RFC 3966 global number: plus and digits, separators dropped.
func parsePhone(rest string) (string, error) {
	number := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()", r) {
			return -1
		}
		return r
	}, rest)
	digits, plus := strings.CutPrefix(number, "+")
	if !plus || !allDigits(digits) || len(digits) < 5 || len(digits) > 15 {
		return "", problem.New(problem.Invalid, "%q is no telephone number: write it with the country, tel:+358295390230", clip(rest))
	}
	return "tel:+" + digits, nil
}

// parseWebhook refuses what would put a secret in every log or reach nowhere.
func parseWebhook(s string) (string, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || hostName(u.Hostname()) == "" && !strings.Contains(u.Host, "["):
		return "", problem.New(problem.Invalid, "%q is no webhook: write it as https://example.org/path", clip(withoutPassword(s)))
	case u.User != nil:
		return "", problem.New(problem.Invalid, "a webhook must not carry a password: %q", clip(withoutPassword(s)))
	case u.Fragment != "":
		return "", problem.New(problem.Invalid, "%q: leave off what follows #, it is never sent", clip(withoutPassword(s)))
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	return u.String(), nil
}

// withoutPassword is an address for a message: what stands before @ in a URL is
// left out, even if the rest of it is no URL.
func withoutPassword(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if at := strings.LastIndexByte(rest, '@'); ok && at >= 0 {
		return scheme + "://..." + rest[at:]
	}
	return address
}

// ParseLanguage reads a BCP 47 tag and returns its canonical form; "" stays "".
func ParseLanguage(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", nil
	}
	tag, err := language.Parse(s)
	if err != nil || len(s) > 35 {
		return "", problem.New(problem.Invalid, "unknown language %q: use a BCP 47 tag such as fi, sv or pt-BR", clip(s))
	}
	return tag.String(), nil
}
