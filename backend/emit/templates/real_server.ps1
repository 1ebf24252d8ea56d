
# How the steps are done. Nothing from here on depends on the configuration.

$ErrorActionPreference = 'Stop'
$Record = Join-Path $env:ProgramData "lbctl\real-server-$($ServerAddress -replace ':', '-').json"
$Entries = New-Object System.Collections.ArrayList
$script:Missing = 0

function Stop-Script([string]$Message) {
    [Console]::Error.WriteLine($Message)
    exit 2
}

# Entries of the record, in the order in which they were found.
function Read-Record {
    if (-not (Test-Path -LiteralPath $Record)) { return }
    foreach ($Entry in @(Get-Content -LiteralPath $Record -Raw | ConvertFrom-Json)) { [void]$Entries.Add($Entry) }
}

# Writes down what is there, before the first change of it.
function Save-Found([string]$Kind, [string]$Name, [string]$Value) {
    foreach ($Entry in $Entries) {
        if ($Entry.Kind -eq $Kind -and $Entry.Name -eq $Name) { return }
    }
    [void]$Entries.Add([pscustomobject]@{ Kind = $Kind; Name = $Name; Value = $Value })
    [void](New-Item -ItemType Directory -Force -Path (Split-Path -Parent $Record))
    ConvertTo-Json -InputObject @($Entries) | Set-Content -LiteralPath $Record -Encoding UTF8
}

# A step: what it is for, how to find out that it is done, how to do it.
function Invoke-Step([string]$What, [scriptblock]$IsDone, [scriptblock]$Do) {
    if (& $IsDone) { return }
    if ($script:OnlyTell) {
        Write-Output "missing: $What"
        $script:Missing++
        return
    }
    & $Do
    Write-Output "done: $What"
}

$LoopbackSource = @'
using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

public static class LbctlLoopback
{
    const int DICD_GENERATE_ID = 1, SPDRP_HARDWAREID = 1, DIF_REMOVE = 5, DIF_REGISTERDEVICE = 0x19, INSTALLFLAG_FORCE = 1;
    static readonly IntPtr InvalidHandle = new IntPtr(-1);

    [StructLayout(LayoutKind.Sequential)]
    struct SP_DEVINFO_DATA { public int cbSize; public Guid ClassGuid; public int DevInst; public IntPtr Reserved; }

    [DllImport("setupapi.dll", SetLastError = true)]
    static extern IntPtr SetupDiCreateDeviceInfoList(ref Guid classGuid, IntPtr parent);
    [DllImport("setupapi.dll", CharSet = CharSet.Unicode, SetLastError = true)]
    static extern bool SetupDiCreateDeviceInfoW(IntPtr set, string name, ref Guid classGuid, string description, IntPtr parent, int flags, ref SP_DEVINFO_DATA data);
    [DllImport("setupapi.dll", CharSet = CharSet.Unicode, SetLastError = true)]
    static extern bool SetupDiOpenDeviceInfoW(IntPtr set, string instanceId, IntPtr parent, int flags, ref SP_DEVINFO_DATA data);
    [DllImport("setupapi.dll", SetLastError = true)]
    static extern bool SetupDiSetDeviceRegistryPropertyW(IntPtr set, ref SP_DEVINFO_DATA data, int property, byte[] buffer, int size);
    [DllImport("setupapi.dll", SetLastError = true)]
    static extern bool SetupDiCallClassInstaller(int function, IntPtr set, ref SP_DEVINFO_DATA data);
    [DllImport("setupapi.dll")]
    static extern bool SetupDiDestroyDeviceInfoList(IntPtr set);
    [DllImport("newdev.dll", CharSet = CharSet.Unicode, SetLastError = true)]
    static extern bool UpdateDriverForPlugAndPlayDevicesW(IntPtr parent, string hardwareId, string inf, int flags, out bool reboot);

    static void Need(bool done) { if (!done) throw new Win32Exception(Marshal.GetLastWin32Error()); }

    static SP_DEVINFO_DATA NewData()
    {
        SP_DEVINFO_DATA data = new SP_DEVINFO_DATA();
        data.cbSize = Marshal.SizeOf(typeof(SP_DEVINFO_DATA));
        return data;
    }

    static IntPtr NewSet(ref Guid net)
    {
        IntPtr set = SetupDiCreateDeviceInfoList(ref net, IntPtr.Zero);
        Need(set != InvalidHandle);
        return set;
    }

    public static void Create(string inf)
    {
        Guid net = new Guid("4d36e972-e325-11ce-bfc1-08002be10318");
        IntPtr set = NewSet(ref net);
        try
        {
            SP_DEVINFO_DATA data = NewData();
            Need(SetupDiCreateDeviceInfoW(set, "Net", ref net, null, IntPtr.Zero, DICD_GENERATE_ID, ref data));
            byte[] id = Encoding.Unicode.GetBytes("*MSLOOP\0\0");
            Need(SetupDiSetDeviceRegistryPropertyW(set, ref data, SPDRP_HARDWAREID, id, id.Length));
            Need(SetupDiCallClassInstaller(DIF_REGISTERDEVICE, set, ref data));
            bool reboot;
            if (!UpdateDriverForPlugAndPlayDevicesW(IntPtr.Zero, "*MSLOOP", inf, INSTALLFLAG_FORCE, out reboot))
            {
                int error = Marshal.GetLastWin32Error();
                SetupDiCallClassInstaller(DIF_REMOVE, set, ref data);
                throw new Win32Exception(error);
            }
        }
        finally { SetupDiDestroyDeviceInfoList(set); }
    }

    public static void Remove(string instanceId)
    {
        Guid net = new Guid("4d36e972-e325-11ce-bfc1-08002be10318");
        IntPtr set = NewSet(ref net);
        try
        {
            SP_DEVINFO_DATA data = NewData();
            Need(SetupDiOpenDeviceInfoW(set, instanceId, IntPtr.Zero, 0, ref data));
            Need(SetupDiCallClassInstaller(DIF_REMOVE, set, ref data));
        }
        finally { SetupDiDestroyDeviceInfoList(set); }
    }
}
'@

function Get-Loopback {
    Get-NetAdapter -IncludeHidden | Where-Object { $_.ComponentID -eq '*msloop' } | Select-Object -First 1
}

function Get-IndexOf([string]$InterfaceGuid) {
    (Get-NetAdapter -IncludeHidden | Where-Object { $_.InterfaceGuid -eq $InterfaceGuid }).InterfaceIndex
}

function New-Loopback {
    $Inf = Join-Path $env:windir 'inf\netloop.inf'
    if ($DevCon) {
        & $DevCon install $Inf '*MSLOOP'
        if ($LASTEXITCODE -gt 1) { Stop-Script "$DevCon cannot make a loopback adapter: it ends with $LASTEXITCODE" }
    } else {
        Add-Type -TypeDefinition $LoopbackSource
        [LbctlLoopback]::Create($Inf)
    }
    foreach ($Try in 1..30) {
        if (Get-Loopback) { return }
        Start-Sleep -Seconds 1
    }
    Stop-Script 'the loopback adapter was made, and does not appear among the network adapters'
}

function Remove-Loopback([string]$InstanceId) {
    if ($DevCon) {
        & $DevCon remove "@$InstanceId"
    } else {
        Add-Type -TypeDefinition $LoopbackSource
        [LbctlLoopback]::Remove($InstanceId)
    }
}

# Settings of one adapter for IPv4 or IPv6.
function Set-InterfaceSettings($Adapter, [string]$Family, $Wanted) {
    foreach ($Name in $Wanted.Keys) {
        $Value = $Wanted[$Name]
        $Index = $Adapter.InterfaceIndex
        $Now = [string](Get-NetIPInterface -InterfaceIndex $Index -AddressFamily $Family).$Name
        Invoke-Step "$Name $Value on $($Adapter.Name) ($Family; it is $Now)" { $Now -eq $Value } {
            Save-Found 'interface' "$($Adapter.InterfaceGuid) $Family $Name" $Now
            $Change = @{ InterfaceIndex = $Index; AddressFamily = $Family; $Name = $Value }
            Set-NetIPInterface @Change
        }
    }
}

function Get-ListenAddresses {
    foreach ($Line in (& netsh http show iplisten)) {
        $Address = $null
        if ([Net.IPAddress]::TryParse($Line.Trim(), [ref]$Address)) { $Address.IPAddressToString }
    }
}

function Invoke-Steps {
    $Own = Get-NetIPAddress -IPAddress $ServerAddress -ErrorAction SilentlyContinue
    if (-not $Own) { Stop-Script "this machine has no address ${ServerAddress}: the script is for another one" }
    $Real = Get-NetAdapter -IncludeHidden | Where-Object { $_.InterfaceIndex -eq $Own.InterfaceIndex }

    if ($VirtualAddresses) {
        Invoke-Step 'a loopback adapter for the virtual addresses' { Get-Loopback } {
            Save-Found 'adapter' 'made' ''
            New-Loopback
        }
        $Loopback = Get-Loopback
        if ($Loopback) { Invoke-LoopbackSteps $Loopback $Real }
        $Listening = @(Get-ListenAddresses)
        foreach ($Address in $VirtualAddresses) {
            Invoke-Step "HTTP.sys listens on $($Address.IP), too (netsh http show iplisten)" {
                -not $Listening -or $Listening -contains $Address.IP -or $Listening -contains '0.0.0.0' -or $Listening -contains '::'
            } {
                Save-Found 'iplisten' $Address.IP ''
                [void](& netsh http add iplisten "ipaddress=$($Address.IP)")
            }
        }
    }
    foreach ($Rule in $FirewallRules) {
        Invoke-Step "firewall: $($Rule.DisplayName)" {
            $Old = Get-NetFirewallRule -Name $Rule.Name -ErrorAction SilentlyContinue
            $Old -and [string]$Old.Enabled -eq 'True' -and [string]$Old.Action -eq 'Allow' -and [string]$Old.Profile -eq 'Any'
        } {
            Save-Found 'firewall' $Rule.Name ''
            Remove-NetFirewallRule -Name $Rule.Name -ErrorAction SilentlyContinue
            [void](New-NetFirewallRule @Rule -Direction Inbound -Action Allow -Profile Any)
        }
    }
    if ($Gateway) {
        $All = if ($Gateway -match ':') { '::/0' } else { '0.0.0.0/0' }
        $Routes = @(Get-NetRoute -DestinationPrefix $All -ErrorAction SilentlyContinue)
        Invoke-Step "default route through $Gateway and no other" {
            $Routes.Count -eq 1 -and $Routes[0].NextHop -eq $Gateway
        } {
            foreach ($Route in $Routes) {
                if ($Route.NextHop -eq $Gateway) { continue }
                $Adapter = Get-NetAdapter -IncludeHidden | Where-Object { $_.InterfaceIndex -eq $Route.InterfaceIndex }
                Save-Found 'route' "$($Adapter.InterfaceGuid) $All $($Route.NextHop)" ([string]$Route.RouteMetric)
                $Route | Remove-NetRoute -Confirm:$false
            }
            if (-not ($Routes | Where-Object { $_.NextHop -eq $Gateway })) {
                Save-Found 'newroute' "$All $Gateway" ''
                [void](New-NetRoute -DestinationPrefix $All -NextHop $Gateway -InterfaceIndex $Real.InterfaceIndex)
            }
        }
    }
}

function Invoke-LoopbackSteps($Loopback, $Real) {
    $Index = $Loopback.InterfaceIndex
    $Families = @($VirtualAddresses | ForEach-Object { $_.Family } | Select-Object -Unique)
    foreach ($Family in $Families) {
        Set-InterfaceSettings $Loopback $Family $LoopbackSettings
        Set-InterfaceSettings $Real $Family $RealSettings
    }
    foreach ($Address in $VirtualAddresses) {
        Invoke-Step "address $($Address.IP)/$($Address.PrefixLength) on $($Loopback.Name)" {
            Get-NetIPAddress -IPAddress $Address.IP -InterfaceIndex $Index -ErrorAction SilentlyContinue |
                Where-Object { $_.PrefixLength -eq $Address.PrefixLength -and $_.SkipAsSource }
        } {
            Get-NetIPAddress -IPAddress $Address.IP -InterfaceIndex $Index -ErrorAction SilentlyContinue | ForEach-Object {
                Save-Found 'oldaddress' "$($Loopback.InterfaceGuid) $($Address.IP)" "$($_.PrefixLength) $($_.SkipAsSource)"
                $_ | Remove-NetIPAddress -Confirm:$false
            }
            Save-Found 'address' "$($Loopback.InterfaceGuid) $($Address.IP)" ''
            [void](New-NetIPAddress -InterfaceIndex $Index -IPAddress $Address.IP -PrefixLength $Address.PrefixLength -SkipAsSource $true)
        }
    }
    Invoke-Step "no registration of $($Loopback.Name) in DNS" {
        -not (Get-DnsClient -InterfaceIndex $Index).RegisterThisConnectionsAddress
    } {
        Save-Found 'dns' $Loopback.InterfaceGuid 'True'
        Set-DnsClient -InterfaceIndex $Index -RegisterThisConnectionsAddress $false
    }
    $Needed = @($Families | ForEach-Object { if ($_ -eq 'IPv4') { 'ms_tcpip' } else { 'ms_tcpip6' } }) + $KeepBinding
    foreach ($Binding in @(Get-NetAdapterBinding -Name $Loopback.Name -AllBindings -ErrorAction SilentlyContinue)) {
        if ($Binding.ComponentID -notlike 'ms_*' -or $Needed -contains $Binding.ComponentID) { continue }
        Invoke-Step "binding $($Binding.ComponentID) of $($Loopback.Name) is off" { -not $Binding.Enabled } {
            Save-Found 'binding' "$($Loopback.InterfaceGuid) $($Binding.ComponentID)" 'True'
            $Binding | Disable-NetAdapterBinding
        }
    }
}

function Undo-Steps {
    if ($Entries.Count -eq 0) {
        Write-Output "nothing to put back: there is no $Record"
        return
    }
    $Failed = $false
    for ($At = $Entries.Count - 1; $At -ge 0; $At--) {
        $Entry = $Entries[$At]
        $Words = $Entry.Name -split ' '
        try {
            switch ($Entry.Kind) {
                'adapter' {
                    $Made = Get-Loopback
                    if ($Made) { Remove-Loopback $Made.PnPDeviceID }
                }
                'interface' {
                    $Index = Get-IndexOf $Words[0]
                    if ($Index) {
                        $Change = @{ InterfaceIndex = $Index; AddressFamily = $Words[1]; $Words[2] = $Entry.Value }
                        Set-NetIPInterface @Change
                    }
                }
                'address' {
                    Get-NetIPAddress -IPAddress $Words[1] -ErrorAction SilentlyContinue |
                        Where-Object { $_.InterfaceIndex -eq (Get-IndexOf $Words[0]) } | Remove-NetIPAddress -Confirm:$false
                }
                'oldaddress' {
                    $Old = $Entry.Value -split ' '
                    [void](New-NetIPAddress -InterfaceIndex (Get-IndexOf $Words[0]) -IPAddress $Words[1] -PrefixLength $Old[0] -SkipAsSource ($Old[1] -eq 'True'))
                }
                'dns' {
                    $Index = Get-IndexOf $Words[0]
                    if ($Index) { Set-DnsClient -InterfaceIndex $Index -RegisterThisConnectionsAddress $true }
                }
                'binding' {
                    Get-NetAdapter -IncludeHidden | Where-Object { $_.InterfaceGuid -eq $Words[0] } |
                        Enable-NetAdapterBinding -ComponentID $Words[1] -AllBindings
                }
                'iplisten' { [void](& netsh http delete iplisten "ipaddress=$($Words[0])") }
                'firewall' { Remove-NetFirewallRule -Name $Entry.Name -ErrorAction SilentlyContinue }
                'newroute' {
                    Get-NetRoute -DestinationPrefix $Words[0] -ErrorAction SilentlyContinue |
                        Where-Object { $_.NextHop -eq $Words[1] } | Remove-NetRoute -Confirm:$false
                }
                'route' {
                    [void](New-NetRoute -DestinationPrefix $Words[1] -NextHop $Words[2] -InterfaceIndex (Get-IndexOf $Words[0]) -RouteMetric $Entry.Value)
                }
            }
        } catch {
            $Failed = $true
            [Console]::Error.WriteLine("$($Entry.Kind) $($Entry.Name): $($_.Exception.Message)")
        }
    }
    if ($Failed) { Stop-Script "not all was put back; what was found is in $Record" }
    Remove-Item -LiteralPath $Record
    Write-Output 'put back what was found'
}

$Identity = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
if (-not $Identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { Stop-Script 'only an administrator can do this' }
if ($Check -and $Undo) { Stop-Script 'give -Check or -Undo, not both' }
Read-Record
if ($Undo) {
    Undo-Steps
    exit 0
}
$script:OnlyTell = [bool]$Check
Invoke-Steps
if (-not $Check) {
    # What was done is looked at again.
    $script:OnlyTell = $true
    Invoke-Steps
    if ($script:Missing -eq 0 -and $VirtualAddresses) {
        Write-Output 'Last, from another machine of the network: only the director may answer `arping'' for the virtual addresses.'
    }
}
if ($script:Missing -gt 0) { exit 1 }
exit 0
