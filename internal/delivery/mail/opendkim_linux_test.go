package mail_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/sys/unix"

	"github.com/firehall/firehall/internal/core/tlp"
)

// childProcess is what this binary does instead of testing where TestOpendkim started it.
func childProcess() (code int, isChild bool) {
	if os.Getenv(childVariable) == "" {
		return 0, false
	}
	return child(), true
}

const dkimName = "fh._domainkey.csirt.example.org"

// childVariable makes this test binary a child that has the DNS for itself; see TestOpendkim.
const childVariable = "FIREHALL_TEST_DKIM_CHILD"

// TestOpendkim has Debian's opendkim-testmsg verify messages. It asks the DNS for the key and cannot be told otherwise, so this test starts
// itself again in a network and mount namespace of its own, where a small name server on 127.0.0.1 gives the record.
func TestOpendkim(t *testing.T) {
	need(t, "opendkim-testmsg")
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	put := func(name string, b []byte) {
		if err := os.WriteFile(dir+"/"+name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := channel(t, nil)
	good := compose(t, c, draft()).Bytes
	sealed := draft()
	sealed.Label = tlp.Amber
	put("record", []byte(dkimRecord(t)))
	put("1-good", good)
	put("2-good", compose(t, c, sealed).Bytes)
	put("3-bad", bytes.Replace(good, []byte("Subject: "), []byte("Subject: Re: "), 1))
	put("4-bad", append(bytes.Clone(good), "more\r\n"...))
	out, err := cmd.CombinedOutput()
	switch code := cmd.ProcessState.ExitCode(); {
	case cmd.ProcessState == nil || code == noNamespace:
		missing(t, fmt.Sprintf("no namespace of its own here: %v %s", err, out))
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// The ways a child ends.
const (
	failed      = 1
	noNamespace = 77
)

// child runs inside the namespaces. It prints what was wrong.
func child() int {
	dir := os.Getenv(childVariable)
	record, err := os.ReadFile(dir + "/record")
	if err != nil {
		fmt.Println(err)
		return failed
	}
	if err := isolate(dir, string(record)); err != nil {
		fmt.Println(err)
		return noNamespace
	}
	code := 0
	for name, good := range map[string]bool{"1-good": true, "2-good": true, "3-bad": false, "4-bad": false} {
		message, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			fmt.Println(err)
			return failed
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		cmd := exec.CommandContext(ctx, "opendkim-testmsg", "-C", "-t", dir)
		cmd.Stdin = bytes.NewReader(message)
		out, err := cmd.CombinedOutput()
		cancel()
		fmt.Printf("%s: %v %s\n", name, err, bytes.TrimSpace(out))
		if (err == nil) != good || !good && !bytes.Contains(out, []byte("ignature")) {
			code = failed
		}
	}
	return code
}

// isolate brings the loopback up, makes this process the name server, and has the resolver ask it.
func isolate(dir, record string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		return err
	}
	server, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		return err
	}
	go serve(server, record)
	if err := os.WriteFile(dir+"/resolv.conf", []byte("nameserver 127.0.0.1\n"), 0o600); err != nil {
		return err
	}
	return unix.Mount(dir+"/resolv.conf", "/etc/resolv.conf", "", unix.MS_BIND, "")
}

// serve answers questions for the record, and says of every other name that it is not there.
func serve(c net.PacketConn, record string) {
	buf := make([]byte, 1500)
	for {
		n, from, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		q := m.Questions[0]
		m.Response, m.Authoritative, m.Additionals = true, true, nil
		if q.Name.String() == dkimName+"." && q.Type == dnsmessage.TypeTXT {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60},
				Body:   &dnsmessage.TXTResource{TXT: []string{record[:200], record[200:]}},
			}}
		} else {
			m.RCode = dnsmessage.RCodeNameError
		}
		if packed, err := m.Pack(); err == nil {
			_, _ = c.WriteTo(packed, from)
		}
	}
}
