package finder

import (
	"crypto/sha1" //nolint:gosec // the web key directory names keys by it; nothing is protected by it
	"strings"
	"time"
)

// SecurityFile says what security.txt holds.
type SecurityFile struct {
	Contact         []string // URIs, the best first
	Languages       []string
	Encryption      string // URI of the key
	Policy          string
	Acknowledgments string
	Hiring          string
	Canonical       string
	For             time.Duration // how long it may be relied on
}

// Text writes the file as RFC 9116 wants it. Expires is whole days ahead, so that whoever compares sees a change once a day.
func (f SecurityFile) Text(now time.Time) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + strings.NewReplacer("\r", "", "\n", "").Replace(value) + "\n")
		}
	}
	for _, c := range f.Contact {
		line("Contact", c)
	}
	line("Expires", now.UTC().Truncate(24*time.Hour).Add(f.For).Format(time.RFC3339))
	line("Encryption", f.Encryption)
	line("Acknowledgments", f.Acknowledgments)
	line("Preferred-Languages", strings.Join(f.Languages, ", "))
	line("Canonical", f.Canonical)
	line("Policy", f.Policy)
	line("Hiring", f.Hiring)
	return b.String()
}

// zBase32 is the alphabet of z-base-32 (RFC 6189, section 5.1.6).
const zBase32 = "ybndrfg8ejkmcpqxot1uwisza345h769"

// KeyName is how a web key directory names the mailbox that stands before the @: z-base-32 of the SHA-1 of its lower case.
func KeyName(local string) string {
	sum := sha1.Sum([]byte(strings.ToLower(local))) //nolint:gosec // see above
	var b strings.Builder
	for i := 0; i < len(sum); i += 5 { // 40 bits are 8 letters; a SHA-1 is 4 times that
		var group uint64
		for _, c := range sum[i : i+5] {
			group = group<<8 | uint64(c)
		}
		for shift := 35; shift >= 0; shift -= 5 {
			b.WriteByte(zBase32[group>>shift&31])
		}
	}
	return b.String()
}
