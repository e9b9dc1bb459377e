package config

import (
	"path/filepath"
	"strings"
	"time"
)

// Audit is the section [audit].
type Audit struct {
	Every          time.Duration `key:"every" default:"1h" doc:"How often a signed checkpoint of the record is made while firehall serve runs."`
	CheckpointMail bool          `key:"checkpoint_mail" default:"false" doc:"Whether each is mailed to the team: a mailbox is another machine."`
	CheckpointFile string        `key:"checkpoint_file" default:"" doc:"A file that each is appended to, outside the data folder; best on another machine's disk, or one that only lets append. Empty: none."`
}

// audit checks the section. A copy that lies in the data folder is rolled back together with what it is to prove.
func (b *binder) audit(a Audit, data string) {
	if a.Every < time.Minute || a.Every > 7*24*time.Hour {
		b.complain("audit.every", "must be between 1m and 7d")
	}
	if a.CheckpointFile == "" {
		return
	}
	file, err := filepath.Abs(a.CheckpointFile)
	dir, err2 := filepath.Abs(data)
	if err != nil || err2 != nil {
		return
	}
	if rel, err := filepath.Rel(dir, file); err == nil && rel != ".." && !strings.HasPrefix(rel, "../") {
		b.complain("audit.checkpoint_file", "%q is in the data folder: whoever rolls that back rolls the checkpoints back too. Name a file elsewhere", a.CheckpointFile)
	}
}
