package mail_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/ProtonMail/gopenpgp/v3/profile"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/delivery/mail/sink"
)

// contacts is how many keys the benchmark goes round: parsing them is part of the work of a run.
const contacts = 1000

// BenchmarkCompose makes messages of the usual size (4 KB of text, 12 KB of CSV), all with a DKIM signature.
func BenchmarkCompose(b *testing.B) {
	keys := make([]string, contacts)
	for i := range keys {
		keys[i] = public(b, newKey(b, profile.Default(), longAgo, 0))
	}
	rsa := public(b, newKey(b, profile.RFC4880(), longAgo, 0))
	cases := []struct {
		name string
		dkim string
		key  func(int) string
	}{
		{"signed", "", func(int) string { return "" }},
		{"encrypted/x25519", "", func(i int) string { return keys[i%contacts] }},
		{"encrypted/rsa3072", "", func(int) string { return rsa }},
		{"encrypted/x25519/nodkim", "off", func(i int) string { return keys[i%contacts] }},
	}
	for _, bb := range cases {
		b.Run(bb.name, func(b *testing.B) {
			c := channel(b, func(cfg *mail.Config) { cfg.DKIMDomain = bb.dkim })
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d := draft()
				d.ID, d.Label, d.To.Key = id.New(), tlp.Amber, bb.key(i)
				d.Text = fmt.Sprintf("%04000d", i)
				d.Attachments[0].Data = make([]byte, 12<<10)
				if _, err := c.Compose(context.Background(), d); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSend hands messages to a relay on this machine, over one connection with TLS.
func BenchmarkSend(b *testing.B) {
	s, err := sink.Start(sink.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	c := channel(b, func(cfg *mail.Config) { cfg.Relay, cfg.Roots = s.Addr(), s.Roots() })
	m := item(compose(b, c, draft()))
	for b.Loop() {
		if res := c.Send(context.Background(), m); res.Code != 250 {
			b.Fatalf("%+v", res)
		}
	}
}
