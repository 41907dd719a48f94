package guest

// Machine is what a virtual machine's configuration says at power-on. All
// paths are absolute paths of files on this host.
type Machine struct {
	ID   string // moref value, e.g. "vm-23"; unique, never used again
	Name string
	UUID string // BIOS UUID
	// InstanceUUID is vCenter's, by which serial port proxies know the machine.
	InstanceUUID string
	CPUs         int
	MemoryMiB    int64
	Firmware     string // "bios" or "efi"
	Disks        []Disk
	CDROM        string // ISO file, or "" for no medium
	EmptyDrive   bool   // whose medium was to be in a drive, but isn't there
	NICs         []NIC
	Serials      []Serial
	// GuestInfo holds the extraConfig keys that begin with "guestinfo.", the
	// prefix included, as they stand at power-on.
	GuestInfo map[string]string
	// GuestInfoBytes is how much of it a guest may make there be; 0: 1 MiB.
	GuestInfoBytes int
	// Dir is the machine's directory on its datastore (log files, vmx).
	Dir string
}

// DiskMode is VMware's disk mode.
type DiskMode string

// Disk modes. Nonpersistent ones lose what was written at power-off.
const (
	Persistent               DiskMode = "persistent"
	IndependentPersistent    DiskMode = "independent_persistent"
	IndependentNonpersistent DiskMode = "independent_nonpersistent"
)

// Disk is a virtual disk: the leaf of a chain of VMDK files.
type Disk struct {
	Key           int32  // VirtualDevice.key
	Path          string // leaf VMDK; its parents are named in the file
	Controller    string // "pvscsi", "lsilogic", "buslogic", "lsisas", "ide", "sata", "nvme"
	Bus           int    // controller's bus number
	Target        int    // unit number on it: SCSI <bus>:0:<target>:0
	Mode          DiskMode
	CapacityBytes int64
	// UUID of the disk, shown to the guest where disk.EnableUUID is set.
	UUID string
}

// NIC is a virtual network card.
type NIC struct {
	Key   int32
	Model string // "vmxnet3", "e1000", "e1000e"
	MAC   string // lower case, colons
	// Network is the moref value of the port group or network, the identity of
	// a broadcast domain together with VLAN. NetworkName is for people.
	Network     string
	NetworkName string
	VLAN        int // 0 for none
	Connected   bool
}

// SerialKind says what backs a serial port.
type SerialKind string

// Kinds of serial port backings. SerialNone is a port that is there but leads
// nowhere (for instance not connected at start).
const (
	SerialFile SerialKind = "file"
	SerialURI  SerialKind = "uri"
	SerialNone SerialKind = "none"
)

// Serial is a serial port; Index 0 is ttyS0.
type Serial struct {
	Index int
	Kind  SerialKind
	// Path of the file, for SerialFile. Whether it is appended to or written
	// anew is answer.msg.serial.file.open: Append.
	Path   string
	Append bool
	// URI as in VirtualSerialPortURIBackingInfo (serviceURI, "tcp://h:p",
	// "telnet://h:p"), for SerialURI; Client says which side connects, ProxyURI
	// is the vSPC where one stands between.
	URI      string
	ProxyURI string
	Client   bool
	// NoRedial leaves a connection that has ended, or didn't come about, alone.
	NoRedial bool
	// YieldOnPoll is VirtualSerialPort.yieldOnPoll.
	YieldOnPoll bool
}
