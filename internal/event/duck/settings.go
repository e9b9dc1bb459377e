package duck

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
)

// Variable carries the child's settings in its environment, which holds nothing
// else. A program that finds it set (or was started as __duck) calls Child.
const Variable = "FIREHALL_DUCK"

// settings is what the parent tells the child at its start.
type settings struct {
	Segments  string `json:"segments"` // may be read
	Temp      string `json:"temp"`     // may be written
	Memory    int64  `json:"memory"`   // bytes that DuckDB may use
	Data      int64  `json:"data"`     // bytes that the kernel allows the process
	TempLimit int64  `json:"tempLimit"`
	Threads   int    `json:"threads"`
	Nice      int    `json:"nice"`
	Confined  bool   `json:"confined"` // the kernel's part is done
}

func (s settings) environment() ([]string, error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	// The Go runtime's heap is small here; let it stay so beside DuckDB's.
	return []string{Variable + "=" + string(text), "GOMEMLIMIT=128MiB", "GOMAXPROCS=" + strconv.Itoa(max(1, s.Threads)), "TZ=UTC"}, nil
}

func settingsFromEnvironment() (s settings, err error) {
	err = json.Unmarshal([]byte(os.Getenv(Variable)), &s)
	return s, err
}

// statements are DuckDB's settings in order; the last one forbids any other.
func (s settings) statements() []string {
	text := func(v string) string { return "'" + strings.ReplaceAll(v, "'", "''") + "'" }
	mb := func(n int64) string { return text(strconv.FormatInt(n>>20, 10) + "MiB") }
	return []string{
		"SET threads = " + strconv.Itoa(max(1, s.Threads)),
		"SET memory_limit = " + mb(s.Memory),
		"SET temp_directory = " + text(s.Temp),
		"SET max_temp_directory_size = " + mb(s.TempLimit),
		"SET preserve_insertion_order = false",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allow_community_extensions = false",
		"SET parquet_metadata_cache = true",      // segments never change: their footers may be kept
		"SET enable_external_file_cache = false", // the kernel keeps their contents; twice is once too often
		"SET allowed_directories = [" + text(slashed(s.Segments)) + ", " + text(slashed(s.Temp)) + "]",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	}
}

func slashed(dir string) string { return strings.TrimRight(dir, "/") + "/" }
