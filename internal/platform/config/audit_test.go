package config_test

import (
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/config"
)

func TestAuditSection(t *testing.T) {
	tests := []struct{ name, file, every, wrong string }{
		{"nothing", "", "1h", ""},
		{"elsewhere", "/var/backups/checkpoints.jsonl", "15m", ""},
		{"beside the data folder", "/srv/data-checkpoints", "1h", ""},
		{"in the data folder", "/srv/data/keep/checkpoints", "1h", "audit.checkpoint_file"},
		{"in the data folder by a detour", "/srv/x/../data/checkpoints", "1h", "audit.checkpoint_file"},
		{"too often", "", "1s", "audit.every"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "[data]\ndir = \"/srv/data\"\n[audit]\ncheckpoint_file = \"" + tt.file + "\"\nevery = \"" + tt.every + "\"\n"
			c, err := config.Parse("f.toml", []byte(text), nil)
			switch {
			case tt.wrong == "" && err != nil:
				t.Error(err)
			case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)):
				t.Errorf("got %v", err)
			case tt.wrong == "" && c.Audit.CheckpointFile != tt.file:
				t.Errorf("got %+v", c.Audit)
			}
		})
	}
}
