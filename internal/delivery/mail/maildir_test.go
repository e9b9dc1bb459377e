package mail_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/mail"
)

func maildir(t *testing.T) (c *mail.Channel, dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "a [b]*", "mail")
	return channel(t, func(cfg *mail.Config) { cfg.Maildir, cfg.Relay, cfg.TLS = dir, "mail.example.org:25", "starttls" }), dir
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestMaildir(t *testing.T) {
	c, dir := maildir(t)
	m := item(compose(t, c, draft()))
	for m.Attempt = 1; m.Attempt <= 3; m.Attempt++ {
		if res := c.Send(context.Background(), m); res.Outcome != delivery.Accepted {
			t.Fatalf("%+v", res)
		}
	}
	got := names(t, filepath.Join(dir, "new"))
	if len(got) != 1 || !strings.Contains(got[0], m.ID) || len(names(t, filepath.Join(dir, "tmp"))) != 0 {
		t.Fatalf("%v", got)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "new", got[0])); err != nil || !bytes.Equal(b, m.Bytes) {
		t.Errorf("%v: the bytes differ", err)
	}
	for _, read := range []string{got[0], got[0] + ":2,RS"} { // taken up by a mail program, which may add flags
		if err := os.Rename(filepath.Join(dir, "new", got[0]), filepath.Join(dir, "cur", read)); err != nil {
			t.Fatal(err)
		}
		if res := c.Send(context.Background(), m); res.Outcome != delivery.Accepted || len(names(t, filepath.Join(dir, "new"))) != 0 {
			t.Errorf("%+v: it came again", res)
		}
		if err := os.Rename(filepath.Join(dir, "cur", read), filepath.Join(dir, "new", got[0])); err != nil {
			t.Fatal(err)
		}
	}
	if traits := c.Traits(); !traits.Idempotent || !traits.Local {
		t.Errorf("%+v", traits)
	}
}

func TestMaildirAfterADeath(t *testing.T) {
	c, dir := maildir(t)
	m := item(compose(t, c, draft()))
	if res := c.Send(context.Background(), m); res.Outcome != delivery.Accepted {
		t.Fatalf("%+v", res)
	}
	name := names(t, filepath.Join(dir, "new"))[0]
	if err := os.Remove(filepath.Join(dir, "new", name)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tmp", name), []byte("half a mess"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.Attempt = 2
	if res := c.Send(context.Background(), m); res.Outcome != delivery.Accepted {
		t.Fatalf("%+v", res)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "new", name)); err != nil || !bytes.Equal(b, m.Bytes) {
		t.Errorf("%v: the bytes differ", err)
	}
}

func TestMaildirThatCannotBe(t *testing.T) {
	c, dir := maildir(t)
	m := item(compose(t, c, draft()))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if res := c.Send(ctx, m); res.Outcome != delivery.Stopped {
		t.Errorf("%+v", res)
	}
	bad := m
	bad.ID = "../../etc/passwd"
	if res := c.Send(context.Background(), bad); res.Outcome != delivery.Refused {
		t.Errorf("%+v", res)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if res := c.Send(context.Background(), m); res.Outcome != delivery.Down || !strings.Contains(res.Detail, "write there") {
		t.Errorf("%+v", res)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time finds the folders, and then not
		if res := c.Send(context.Background(), m); res.Outcome != delivery.Accepted {
			t.Errorf("%+v", res)
		}
		m = item(compose(t, c, draft()))
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	_ = c.Send(context.Background(), m)
	if res := c.Send(context.Background(), m); res.Outcome != delivery.Accepted {
		t.Errorf("the folder is not made again: %+v", res)
	}
}
