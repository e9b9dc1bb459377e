package config

import (
	"maps"
	"net"
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/nearest"
	"github.com/firehall/firehall/internal/core/rsit"
)

var (
	mailTLS   = []string{"starttls", "tls", "off"}
	mailDoubt = []string{"repeat", "hold"}
	paces     = []string{"at once", "daily", "weekly"}
)

func (b *binder) mail(m Mail) {
	b.oneOf("mail.tls", m.TLS, mailTLS)
	b.oneOf("mail.doubt", m.Doubt, mailDoubt)
	b.mailbox("mail.from", m.From)
	b.mailbox("mail.reply_to", m.ReplyTo)
	b.atLeast("mail.pace", int64(m.Pace), 1)
	if m.Relay != "" && m.Maildir != "" {
		b.complain("mail.maildir", "mail goes by the relay or into the maildir: leave one of them empty")
	}
	if m.Relay == "" {
		return
	}
	host, _, err := net.SplitHostPort(m.Relay)
	if err != nil || host == "" {
		b.complain("mail.relay", "%q is not host:port, such as mail.example.org:587", m.Relay)
		return
	}
	if m.TLS == "off" && !local(host) {
		b.complain("mail.tls", "off is for a relay on this machine only; %s is not", host)
	}
	if m.User != "" && m.TLS == "off" {
		b.complain("mail.user", "a password is not sent without TLS: set mail.tls to starttls or tls")
	}
}

// local tells whether a host is this machine by its very name or address.
func local(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func (b *binder) mailbox(key, address string) {
	if address == "" {
		return
	}
	a, err := mail.ParseAddress(address)
	if err != nil || a.Name != "" || a.Address != address {
		b.complain(key, "%q is not a mail address alone, such as cert@example.org", address)
	}
}

func (b *binder) notify(n Notify) {
	b.oneOf("notify.every", n.Every, paces)
	for _, class := range slices.Sorted(maps.Keys(n.Classes)) {
		b.rsitType("notify.classes", class)
		b.oneOf("notify.classes."+class, n.Classes[class], paces)
	}
	for _, name := range slices.Sorted(maps.Keys(n.Organisations)) {
		if _, class, ok := strings.Cut(name, "/"); ok {
			b.rsitType("notify.organisations", class)
		}
		b.oneOf("notify.organisations."+name, n.Organisations[name], paces)
	}
	if _, err := ClockTime(n.DailyAt); err != nil {
		b.complain("notify.daily_at", "%q is no time of day such as 06:00", n.DailyAt)
	}
	if _, _, err := n.QuietHours(); err != nil {
		b.complain("notify.quiet", "%q are no hours such as 22:00-06:00", n.Quiet)
	}
	b.atLeast("notify.max_messages", int64(n.MaxMessages), 1)
	b.atLeast("notify.odd", int64(n.Odd), 2)
	b.atLeast("notify.list_rows", int64(n.ListRows), 1)
	b.atLeast("notify.part_size", int64(n.PartSize), 64<<10)
	b.atLeast("notify.max_parts", int64(n.MaxParts), 1)
	b.atLeast("notify.again_compromised", int64(n.AgainCompromised/time.Hour), 1)
	b.atLeast("notify.again_vulnerable", int64(n.AgainVulnerable/time.Hour), 1)
	b.atLeast("notify.oldest", int64(n.Oldest/time.Hour), 1)
}

func (b *binder) rsitType(key, name string) {
	if _, ok := rsit.Lookup(name); ok {
		return
	}
	var names []string
	for _, t := range rsit.Types() {
		names = append(names, string(t))
	}
	b.complain(key, "%q is no type of the taxonomy (RSIT)%s", name, nearest.Hint(name, names))
}

// ClockTime reads a time of day, 06:30, as the time since midnight.
func ClockTime(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", s)
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, err
}

// QuietHours gives the hours in which little is sent, as times since midnight; from may be later than to. Both are 0 if there are none.
func (n Notify) QuietHours() (from, to time.Duration, err error) {
	if n.Quiet == "" {
		return 0, 0, nil
	}
	a, z, _ := strings.Cut(n.Quiet, "-")
	if from, err = ClockTime(strings.TrimSpace(a)); err != nil {
		return 0, 0, err
	}
	to, err = ClockTime(strings.TrimSpace(z))
	return from, to, err
}
