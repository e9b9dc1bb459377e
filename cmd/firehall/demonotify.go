package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset" // texts in any character set

	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/event/render"
	"github.com/firehall/firehall/internal/notification"
)

// findings applies what the feeds showed, and says how many standing problems that makes.
func (t *demonstration) findings() error {
	done, err := t.app.ApplyFindings(t.ctx, t.actor, func(n, all int64) { t.progress.say("   findings: %s of %s facts", grouped(n), grouped(all)) })
	t.progress.end()
	if err != nil {
		return err
	}
	t.applied = done
	t.printf("4. Condensing events to findings: the standing problem behind many sights of it\n")
	t.printf("   %s facts in %.1f s: %s new findings, %s seen again\n", grouped(done.Facts), done.Seconds, grouped(done.New), grouped(done.Facts-done.New))
	return nil
}

// tell sends the messages into the maildir: first it shows that nothing goes by itself, then it approves as a person would.
func (t *demonstration) tell() error {
	t.printf("5. Telling the owners: mail goes into a maildir here, webhooks are stopped, so that\n   nothing leaves this machine\n")
	webhooks, err := delivery.ScopeOf("channel", "webhook")
	if err != nil {
		return err
	}
	if err := t.app.Delivery.Stop(t.ctx, t.actor, webhooks, "the demonstration posts nothing to the world"); err != nil {
		return err
	}
	plan, err := t.app.Notify.Plan(t.ctx, t.actor, notification.PlanOptions{})
	if err != nil {
		return err
	}
	_, waiting, held := plan.Tally()
	t.printf("   %d messages wait for a person, %d are held; you approve them now (firehall notify --approve)\n", waiting, held)
	approved, err := t.app.Notify.Approve(t.ctx, t.actor, notification.ApproveOptions{})
	if err != nil {
		return err
	}
	t.printf("   approved: %s\n", kindsOf(approved))
	if t.sent, err = t.app.Notify.Send(t.ctx, t.actor, func(done, all int) { t.progress.say("   messages: %d of %d", done, all) }); err != nil {
		return err
	}
	t.progress.end()
	tally, err := t.app.Deliver(t.ctx, t.actor, func(x delivery.Tally) { t.progress.say("   sent: %d", x.Sent) })
	t.progress.end()
	if err != nil {
		return err
	}
	t.printf("   %d messages about %s findings, %s observations in them, signed, in %.1f s; %d sent, %d stopped\n",
		t.sent.Messages, grouped(t.sent.Findings), grouped(t.sent.Events), t.sent.Seconds, tally.Sent, tally.Stopped)
	return nil
}

// kindsOf counts approvals by their kind.
func kindsOf(list []notification.Approval) string {
	count := map[string]int{}
	var kinds []string
	for _, a := range list {
		if count[a.Kind]++; count[a.Kind] == 1 {
			kinds = append(kinds, a.Kind)
		}
	}
	if len(kinds) == 0 {
		return "nothing, it was before"
	}
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = fmt.Sprintf("%d × %s", count[k], k)
	}
	return strings.Join(words, ", ")
}

// messages shows what went out: how many, the beginning of one, and what did not go, and why.
func (t *demonstration) messages() error {
	t.heading("What was told")
	files, err := filepath.Glob(filepath.Join(t.Mail(), "new", "*"))
	if err != nil {
		return err
	}
	t.printf("%s holds %d messages. Open it with a mail program (mutt -f %s), or read one:\n\n", t.tidyPath(t.Mail()), len(files), t.tidyPath(t.Mail()))
	if err := t.excerpt(files); err != nil {
		return err
	}
	return t.unsent()
}

// shownLines is how much of a message the demonstration prints.
const shownLines = 44

// toOwners keeps the messages about findings: their subjects have a ticket, "[CERT#YJSGCP3R]". Others are about reports.
func toOwners(files []string) []string {
	return slices.DeleteFunc(slices.Clone(files), func(path string) bool {
		f, err := os.Open(path)
		if err != nil {
			return true
		}
		defer func() { _ = f.Close() }()
		m, err := message.Read(f)
		if err != nil {
			return true
		}
		subject, err := m.Header.Text("Subject")
		return err != nil || !strings.Contains(subject, "#")
	})
}

// excerpt prints the beginning of the shortest message, as a mail program shows it.
func (t *demonstration) excerpt(files []string) error {
	if files = toOwners(files); len(files) == 0 {
		return nil
	}
	size := func(path string) int64 {
		if info, err := os.Stat(path); err == nil {
			return info.Size()
		}
		return 1 << 62
	}
	f, err := os.Open(slices.MinFunc(files, func(a, b string) int { return cmp.Compare(size(a), size(b)) }))
	if err != nil {
		return err
	}
	defer f.Close()
	m, err := message.Read(f)
	if err != nil {
		return err
	}
	for _, name := range []string{"From", "To", "Reply-To", "Subject"} {
		value, err := m.Header.Text(name)
		if err != nil {
			return err
		}
		t.printf("  | %s: %s\n", name, render.Clean(value, 90))
	}
	text, err := plainText(m)
	if err != nil {
		return err
	}
	t.printf("  |\n")
	n := 0
	for line := range strings.Lines(text) {
		if n++; n > shownLines {
			t.printf("  | ...\n")
			break
		}
		t.printf("  | %s\n", render.Clean(strings.TrimRight(line, "\r\n"), 100))
	}
	return nil
}

// errFound ends a walk through the parts of a message.
var errFound = errors.New("found")

// plainText is the first text of a message.
func plainText(m *message.Entity) (text string, err error) {
	err = m.Walk(func(_ []int, part *message.Entity, err error) error {
		if err != nil {
			return err
		}
		kind, _, err := part.Header.ContentType()
		if err != nil || kind != "text/plain" {
			return err
		}
		b, err := io.ReadAll(io.LimitReader(part.Body, 64<<10))
		text = string(b)
		return errors.Join(err, errFound)
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return text, err
}

// unsent tells what was held, and what waits in the team's queue.
func (t *demonstration) unsent() error {
	tasks, err := t.app.Queue.List(t.ctx, t.actor, false, 4)
	if err != nil || len(tasks) == 0 {
		return err
	}
	t.heading("What did not go, and waits for you (firehall queue)")
	for _, task := range tasks {
		t.hang("- ", render.Clean(task.Title+": "+task.Detail, 300))
		if task.Advice != "" {
			t.hang("  ", render.Clean(task.Advice, 300))
		}
	}
	return nil
}
