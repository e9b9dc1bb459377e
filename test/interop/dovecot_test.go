package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/firehall/firehall/test/port"
)

// dovecot is Debian's IMAP server with one mailbox.
type dovecot struct {
	t       *testing.T
	dir     string
	port    int
	cert    string // the file of its certificate, which it signed itself
	maildir string
}

const (
	mailUser, mailPassword = "team", "only-for-this-test"
	dovecotConfig          = `
protocols = imap
base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = %[1]s/dovecot.log
listen = 127.0.0.1
ssl = required
ssl_cert = <%[1]s/cert.pem
ssl_key = <%[1]s/key.pem
mail_location = maildir:%[1]s/mail/%%u
default_internal_user = %[2]s
default_login_user = %[3]s
first_valid_uid = 0
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    port = 0
  }
  inet_listener imaps {
    port = %[4]d
  }
}
passdb {
  driver = static
  args = password=%[5]s
}
userdb {
  driver = static
  args = uid=%[6]s gid=%[7]s home=%[1]s/mail/%%u
}
`
)

// newDovecot starts the server; it ends with the test.
func newDovecot(t *testing.T) *dovecot {
	t.Helper()
	need(t, "dovecot", "openssl")
	dir, err := os.MkdirTemp("", "dovecot") // a path short enough for its sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &dovecot{t: t, dir: dir, port: freePort(t), cert: filepath.Join(dir, "cert.pem"), maildir: filepath.Join(dir, "mail", mailUser)}
	run(t, "", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", filepath.Join(dir, "key.pem"), "-out", d.cert,
		"-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
	config := put(t, dir, "dovecot.conf", fmt.Sprintf(dovecotConfig, dir, me(), stranger(), d.port, mailPassword, reader(), reader()))
	d.folders()
	cmd := exec.Command("dovecot", "-F", "-c", config)
	cmd.Path = program("dovecot")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	until(t, "dovecot listens", d.listens)
	return d
}

// folders makes the mailbox, which belongs to who reads mail.
func (d *dovecot) folders() {
	d.t.Helper()
	for _, name := range []string{"run", "mail", "mail/" + mailUser, "mail/" + mailUser + "/new", "mail/" + mailUser + "/cur", "mail/" + mailUser + "/tmp"} {
		if err := os.MkdirAll(filepath.Join(d.dir, name), 0o700); err != nil {
			d.t.Fatal(err)
		}
	}
	if err := os.Chmod(d.dir, 0o755); err != nil { //nolint:gosec // its processes run as other users
		d.t.Fatal(err)
	}
	if me() == "root" {
		run(d.t, "", "chown", "-R", reader()+":"+reader(), filepath.Join(d.dir, "mail"))
	}
}

func (d *dovecot) listens() bool {
	c, err := net.DialTimeout("tcp", d.address(), time.Second)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

func (d *dovecot) address() string { return fmt.Sprintf("localhost:%d", d.port) }

// deliver puts a mail into the mailbox as a mail server does: whole, at once.
func (d *dovecot) deliver(name, text string) {
	d.t.Helper()
	tmp := put(d.t, filepath.Join(d.maildir, "tmp"), name, strings.ReplaceAll(text, "\r\n", "\n"))
	if me() == "root" {
		run(d.t, "", "chown", reader()+":"+reader(), tmp)
	}
	if err := os.Rename(tmp, filepath.Join(d.maildir, "new", name)); err != nil {
		d.t.Fatal(err)
	}
}

// Dovecot reads no mail as root, and wants other users for those that it does not trust; without root there is one user for all.
func me() string {
	if os.Getuid() == 0 {
		return "root"
	}
	return os.Getenv("USER")
}

func reader() string {
	if os.Getuid() == 0 {
		return "mail"
	}
	return me()
}

func stranger() string {
	if os.Getuid() == 0 {
		return "nobody"
	}
	return me()
}

func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	return "/usr/sbin/" + name
}

func freePort(t *testing.T) int {
	t.Helper()
	n, err := port.Free()
	if err != nil {
		t.Fatal(err)
	}
	return n
}
