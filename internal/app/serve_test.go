package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/config"
	"github.com/firehall/firehall/internal/platform/logging"
)

// serving opens an installation and serves it until the test ends; it gives the URL and what ends it sooner.
func serving(t *testing.T, change func(*config.Config)) (a *App, url string, stop func() error) {
	t.Helper()
	return servingWith(t, Options{}, change)
}

// servingWith does so with a clock and a file system of the test's.
func servingWith(t *testing.T, o Options, change func(*config.Config)) (a *App, url string, stop func() error) {
	t.Helper()
	o.Config = config.Default()
	o.Config.Data.Dir = t.TempDir()
	o.Config.Serve.Listen = "127.0.0.1:0"
	if change != nil {
		change(&o.Config)
	}
	o.Log, o.Version, o.Write, o.Serving = logging.Discard(), "test", true, true
	seed(t, o.Config)
	a, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ready := make(chan string, 1)
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx, ServeOptions{Ready: func(u string) { ready <- u }}) }()
	stop = func() error {
		cancel()
		err := errors.Join(<-ended, a.Close())
		ended <- nil
		return err
	}
	t.Cleanup(func() { _ = stop() })
	select {
	case url = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	return a, url, stop
}

func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	res, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

func TestServe(t *testing.T) {
	a, url, stop := serving(t, nil)
	if status, text := get(t, http.DefaultClient, url+"/readyz"); status != 200 || text != "ready\n" {
		t.Errorf("%d %s", status, text)
	}
	var names []string
	for _, l := range a.Loops() {
		names = append(names, l.Name)
		if l.Failures > 0 {
			t.Errorf("%s: %s", l.Name, l.LastError)
		}
	}
	for _, want := range []string{"housekeeping", "apply findings", "send messages", "do jobs"} {
		if !strings.Contains(strings.Join(names, ","), want) {
			t.Errorf("nobody does: %s", want)
		}
	}
	a.ready.say("stopping")
	if status, text := get(t, http.DefaultClient, url+"/readyz"); status != 503 || text != "stopping\n" {
		t.Errorf("while stopping: %d %s", status, text)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestListenRefusesOutsiders(t *testing.T) {
	a := openHouse(t, t.TempDir(), clock.Real{}) // nobody has a way in there
	defer closeHouse(t, a)
	for _, c := range []struct {
		address string
		kind    problem.Kind
	}{
		{"0.0.0.0:0", problem.Invalid},
		{"[::]:0", problem.Invalid},
		{"nonsense", problem.Invalid},
		{"127.0.0.1:99999", problem.Unavailable},
	} {
		t.Run(c.address, func(t *testing.T) {
			a.Config.Serve.Listen = c.address
			l, err := a.listen(t.Context())
			if err == nil {
				_ = l.Close()
			}
			if problem.KindOf(err) != c.kind || err == nil {
				t.Error(err)
			}
		})
	}
}

// writeCertificate makes a certificate for 127.0.0.1 with that serial number.
func writeCertificate(t *testing.T, dir string, serial int64) (cert, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	bits, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: bits}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestServeTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := writeCertificate(t, dir, 1)
	_, url, _ := serving(t, func(c *config.Config) { c.Serve.TLSCert, c.Serve.TLSKey = cert, key })
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // its own certificate
	if status, _ := get(t, client, url+"/readyz"); !strings.HasPrefix(url, "https://") || status != 200 {
		t.Errorf("%s: %d", url, status)
	}
}

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	cert, key := writeCertificate(t, dir, 1)
	c := &certificate{files: config.Serve{TLSCert: cert, TLSKey: key}, log: logging.Discard()}
	if err := c.read(); err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		c.looked = time.Time{} // long ago
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(got.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Errorf("serial %d", n)
	}
	if err := os.WriteFile(cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := serial(); n != 1 {
		t.Errorf("half a file: serial %d", n)
	}
	writeCertificate(t, dir, 2)
	if n := serial(); n != 2 {
		t.Errorf("a new one: serial %d", n)
	}
}

func TestLoopsOutliveFailures(t *testing.T) {
	a := &App{Options: Options{Log: logging.Discard()}}
	a.defaults()
	ctx, cancel := context.WithCancel(t.Context())
	var rounds atomic.Int64
	wake := make(chan struct{})
	a.loop(ctx, task{name: "one", every: time.Hour, soon: true, vital: true, wake: wake, do: func(context.Context) error {
		switch rounds.Add(1) {
		case 1:
			return problem.New(problem.Unavailable, "down")
		case 2:
			panic("oh")
		case 3:
			return problem.New(problem.Conflict, "another does it")
		}
		return nil
	}})
	expect := func(n int64, failures int) {
		t.Helper()
		for end := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
			l := a.Loops()[0]
			if rounds.Load() == n && l.Failures == failures && (len(a.unready()) > 0) == (failures > 0) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("round %d: %+v", rounds.Load(), l)
			}
		}
	}
	expect(1, 1)
	wake <- struct{}{}
	expect(2, 2)
	wake <- struct{}{}
	expect(3, 0)
	wake <- struct{}{}
	expect(4, 0)
	cancel()
	a.running.Wait()
}
