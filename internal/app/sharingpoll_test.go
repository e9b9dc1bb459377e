package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
)

// pollFrom opens an installation with a collection "ours" that asks the servers of a configuration; it runs nothing by itself.
func pollFrom(t *testing.T, dir string, sources map[string]config.TAXII) *App {
	t.Helper()
	c := config.Default()
	c.Data.Dir, c.TAXII = dir, sources
	a, err := New(t.Context(), Options{Config: c, Clock: clock.Real{}, Log: logging.Discard(), Write: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Sharing.Open(t.Context(), identity.System("test"), sharing.Draft{Title: "Ours", Alias: "ours", CanRead: true, CanWrite: true, Label: tlp.Amber}); err != nil {
		t.Fatal(err)
	}
	return a
}

// One installation reads from another by TLS with a certificate as the configuration of both has it; one of which the fingerprint is not there is refused.
func TestInstallationsByTLS(t *testing.T) {
	ours, theirs := t.TempDir(), t.TempDir()
	cert, key := writeCertificate(t, theirs, 1)
	shown, secret := writeCertificate(t, ours, 2)
	pair, err := tls.LoadX509KeyPair(shown, secret)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(pair.Certificate[0])
	a, url, _ := serving(t, func(c *config.Config) {
		c.Serve.TLSCert, c.Serve.TLSKey = cert, key
		c.Sharing.Clients = map[string]string{"cert-nl": strings.ToUpper(hex.EncodeToString(sum[:]))}
	})
	s := shareIn(t, a)
	s.agree()
	const domain = `{"objects":[{"type":"domain-name","spec_version":"2.1","id":"domain-name--00000000-0000-5000-8000-000000000001","value":"evil.example"}]}`
	st, err := a.Sharing.Add(t.Context(), identity.System("test"), sharing.In{Collection: "community", Origin: sharing.OriginUpload, Unmarked: tlp.Green, Body: strings.NewReader(domain)})
	if err != nil || st.New != 1 {
		t.Fatal(st, err)
	}
	known := config.TAXII{
		URL: url + "/taxii2/firehall/", Collection: s.c.ID, Into: "ours", Label: "green", Every: time.Hour, Internal: true, TLSCert: shown, TLSKey: secret, TLSCA: cert,
	}
	other := known
	other.TLSCert, other.TLSKey = cert, key
	b := pollFrom(t, filepath.Join(ours, "data"), map[string]config.TAXII{"known": known, "other": other})
	defer closeHouse(t, b)
	for name, says := range map[string]string{"known": "", "other": "401"} {
		if err := b.Poll.Poll(t.Context(), identity.System("taxii"), name, func(*sqldb.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		list, err := b.Poll.List(t.Context(), identity.System("test"))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range list {
			if one.Name == name && ((says == "") != (one.Taken == 1) || (says == "") != (one.Error == "") || !strings.Contains(one.Error, says)) {
				t.Errorf("%+v", one)
			}
		}
	}
}

// Servers that answer nothing hold up none that does.
func TestSlowServersHoldUpNoOther(t *testing.T) {
	asked, release := make(chan string, 10), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- r.URL.Path
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	defer close(release)
	healthy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 3 { // all of the others are being asked
			select {
			case <-asked:
			case <-r.Context().Done():
			}
		}
		w.Header().Set("Content-Type", "application/taxii+json;version=2.1")
		_, _ = io.WriteString(w, `{"objects":[{"type":"domain-name","spec_version":"2.1","id":"domain-name--00000000-0000-5000-8000-000000000001","value":"evil.example"}]}`)
	}))
	defer healthy.Close()
	sources := map[string]config.TAXII{}
	for name, url := range map[string]string{"a": slow.URL, "b": slow.URL, "c": slow.URL, "healthy": healthy.URL} {
		sources[name] = config.TAXII{URL: url, Collection: name, Into: "ours", Label: "green", Every: time.Hour, Internal: true}
	}
	dir := filepath.Join(t.TempDir(), "data")
	closeHouse(t, pollFrom(t, dir, nil))
	a, _, _ := serving(t, func(c *config.Config) { c.Data.Dir, c.TAXII = dir, sources })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		list, err := a.Poll.List(ctx, identity.System("test"))
		if err != nil {
			t.Fatal(err)
		}
		if list[3].Taken == 1 {
			if list[0].Taken+list[1].Taken+list[2].Taken > 0 || list[3].Error != "" {
				t.Errorf("%+v", list)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the server that answers was not read")
}

// The doctor says of each server how it is, and what to do.
func TestDoctorLooksAtServers(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	sources := map[string]config.TAXII{}
	for _, name := range []string{"asked", "waiting"} {
		sources[name] = config.TAXII{URL: server.URL, Collection: "c", Into: "ours", Label: "green", Every: time.Hour, Internal: true}
	}
	a := pollFrom(t, filepath.Join(t.TempDir(), "data"), sources)
	if err := a.Poll.Poll(t.Context(), identity.System("taxii"), "asked", func(*sqldb.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	o := Options{Config: a.Config, Clock: clock.Real{}, Log: logging.Discard()}
	closeHouse(t, a)
	var out bytes.Buffer
	for _, f := range Examine(t.Context(), identity.System("test"), o) {
		if f.Check == "taxii" {
			_, _ = fmt.Fprintln(&out, f.Level, f.Message, f.Do)
		}
	}
	text := out.String()
	if !strings.Contains(text, "warning asked fails since") || !strings.Contains(text, "see the source's url and collection") || !strings.Contains(text, "ok waiting was not asked yet") {
		t.Error(text)
	}
}
