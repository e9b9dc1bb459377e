package interop

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/web/finder"
)

// TestKeyNamesByGnuPG holds the names that a web key directory gives to mailboxes against GnuPG's: where they differ, nobody finds the team's key.
func TestKeyNamesByGnuPG(t *testing.T) {
	t.Parallel()
	need(t, "gpg")
	home := "--homedir=" + t.TempDir()
	for _, mailbox := range []string{"cert@cert.example", "Joe.Doe@Example.ORG"} {
		run(t, "", "gpg", home, "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", mailbox, "ed25519", "sign", "1d")
		list := run(t, "", "gpg", home, "--batch", "--with-wkd-hash", "--list-keys", mailbox)
		local, domain, _ := strings.Cut(mailbox, "@")
		if want := finder.KeyName(local) + "@" + strings.ToLower(domain); !strings.Contains(list, want) {
			t.Errorf("GnuPG does not name %s %s: %s", mailbox, want, list)
		}
	}
	_, _ = try("", "gpgconf", "--homedir", strings.TrimPrefix(home, "--homedir="), "--kill", "all")
}
