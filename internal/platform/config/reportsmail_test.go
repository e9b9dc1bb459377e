package config_test

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/config"
)

func TestReportsByMail(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"address":     {`addresses = ["cert"]`, "reports.addresses"},
		"port":        {`smtp_listen = "0.0.0.0"`, "reports.smtp_listen"},
		"certificate": {`smtp_cert = "a.pem"`, "reports.smtp_cert"},
		"S/MIME":      {`smime_key = "a.pem"`, "reports.smime_cert"},
		"size":        {`max_mail = "1GiB"`, "reports.max_mail"},
		"rate":        {`mail_rate = 0`, "reports.mail_rate"},
		"user":        {`imap_server = "imap.example.org:993"`, "reports.imap_user"},
		"plain":       {"imap_server = \"imap.example.org:143\"\nimap_user = \"a\"\nimap_password = \"b\"\nimap_tls = \"off\"", "reports.imap_tls"},
		"same folder": {"imap_server = \"imap.example.org:993\"\nimap_user = \"a\"\nimap_password = \"b\"\nimap_done = \"inbox\"", "reports.imap_done"},
		"poll":        {`imap_poll = "1s"`, "reports.imap_poll"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse("f.toml", []byte("[reports]\n"+tt.text+"\n"), nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}
