"use strict";
// What operators have open all day. Names are escaped; what the protocol promises to be harmless
// (ids, files, hard starts, thumbnails, colours, events) is put into HTML as it came.

const $ = (id) => document.getElementById(id);
const port = new URLSearchParams(location.search).get("ws") || 8080;
const COLORS = ["#118ab2", "#06d6a0", "#e63946", "#f77f00", "#6c757d", "#8338ec"];
const LAYERS = { 20: "lower third", 30: "bug", 40: "full screen", 50: "ticker", 60: "clock",
  70: "countdown", 80: "custom" };
const EXAMPLES = {
  "rtg-lower-third/index": { title: "Titre", subtitle: "Sous-titre" },
  "rtg-clock/index": { offset: 0 },
  "rtg-countdown/index": { target: "2026-12-31T23:59:59" },
  "rtg-full-title/index": { title: "Titre" },
  "rtg-logo-clock/index": { offset: 0 },
  "rtg-bug/index": {},
  "rtg-pip/index": {},
  "rtg-roll/index": { lines: ["Un", "Deux"] },
  "rtg-election/index": { title: "Scrutin", candidates: [{ name: "A", votes: 10, percent: 100 }] },
};

let socket = null;
let items = [];
let media = [];
let folders = [];
let presets = [];
let mode = "";
let shownFolder = null;
let editedItem = null;
let editedFolder = null;
let chosenColor = COLORS[0];
let playingId = null;
let current = null;
let following = null;

// The connection.

function connect() {
  socket = new WebSocket("ws://" + location.hostname + ":" + port);
  socket.onopen = () => {
    $("connection").className = "on";
    $("connection").textContent = "Connecté";
    send("GET_MEDIA_LIBRARY");
    send("PRESET_GET_ALL", {});
    send("TEMPLATE_GET_ACTIVE", {});
  };
  socket.onclose = () => {
    $("connection").className = "off";
    $("connection").textContent = "Déconnecté";
    setTimeout(connect, 3000);
  };
  socket.onmessage = (event) => receive(JSON.parse(event.data));
}

function send(type, data) {
  if (!socket || socket.readyState !== WebSocket.OPEN) {
    alert("Pas de connexion");
    return;
  }
  socket.send(JSON.stringify({ type, data }));
}

function receive(message) {
  const data = message.data;
  switch (message.type) {
    case "PLAYLIST_FULL":
    case "PLAYLIST_UPDATED":
      items = data.items;
      drawItems();
      break;
    case "MEDIA_LIBRARY":
      media = data.files;
      if (!data.isScanning) {
        $("scan").disabled = false;
        $("scan").textContent = "Scanner";
      }
      drawMedia();
      break;
    case "FOLDER_LIST":
      folders = data.folders;
      drawFolders();
      break;
    case "SCAN_STARTED":
      $("scan").disabled = true;
      $("scan").textContent = "En cours…";
      break;
    case "AUTOPLAY_STATUS":
      showStatus(data);
      break;
    case "PLAYBACK_STATUS":
      playingId = data.status === "playing" ? data.itemId : null;
      drawItems();
      break;
    case "PRESET_LIST":
      presets = data.presets;
      drawPresets();
      break;
    case "PRESET_DELETED":
    case "PRESET_SAVED":
      break;
    case "PRESET_IMPORT_SUCCESS":
      toast("success", message.count + " préréglages importés");
      break;
    case "TEMPLATE_LOADED":
    case "TEMPLATE_PLAYING":
    case "TEMPLATE_STOPPED":
    case "TEMPLATE_UPDATED":
    case "TEMPLATE_REMOVED":
      send("PRESET_GET_ALL", {});
      send("TEMPLATE_GET_ACTIVE", {});
      break;
    case "TEMPLATE_ACTIVE_LIST":
      drawActive(data.templates);
      break;
    case "NOTIFICATION":
      toast(data.level, data.message);
      break;
    case "HARD_START_ERROR": {
      const first = data.errors[0];
      let text = "Heure fixe impossible: " + first.itemName + ": " + first.reason;
      if (first.trimNeeded && first.maxTrim) {
        text += " (" + first.trimNeeded + " s, au plus " + first.maxTrim + " s)";
      }
      alert(text);
      break;
    }
    case "ERROR":
      alert("Erreur: " + data.message);
      break;
    case "INFO":
      alert(data.message);
      break;
    default:
      console.warn("inconnu", message.type);
  }
}

// Words.

function escaped(text) {
  const made = document.createElement("span");
  made.textContent = text;
  return made.innerHTML;
}

const two = (n) => String(n).padStart(2, "0");

function hms(seconds) {
  const whole = Math.floor(seconds);
  return two(Math.floor(whole / 3600)) + ":" + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60);
}

function time(iso) {
  const at = new Date(iso);
  return two(at.getHours()) + ":" + two(at.getMinutes()) + ":" + two(at.getSeconds());
}

function toast(level, text) {
  const made = document.createElement("div");
  made.className = "toast " + level;
  made.innerHTML = escaped(text) + ' <button class="close">×</button>';
  made.querySelector("button").onclick = () => made.remove();
  $("toasts").append(made);
  setTimeout(() => made.remove(), 5000);
}

// The playlist.

function drawItems() {
  $("item-count").textContent = items.length;
  $("total").textContent = hms(items.reduce((sum, item) => sum + Math.floor(item.durationSeconds), 0));
  $("end").textContent = items.length ? time(items[items.length - 1].endAt) : "--:--:--";
  $("empty").hidden = items.length > 0;
  $("rows").innerHTML = items.map((item, n) => {
    const trim = item.trimOutSeconds;
    const playing = item.id === playingId;
    return `<tr data-id="${item.id}" class="${playing ? "playing" : ""}" draggable="true"
        ondragstart="dragItem(event, ${n})" ondragover="event.preventDefault()" ondrop="dropOn(event, ${n})">
      <td>${n + 1}</td>
      <td class="name">${escaped(item.name)}
        ${item.type === "live" ? '<span class="live">DIRECT</span>' : ""}
        ${item.hardStartTime ? '<span class="fixed">' + item.hardStartTime + "</span>" : ""}</td>
      <td class="file">${item.type === "live" ? "DeckLink " + escaped(item.file) : escaped(item.file)}</td>
      <td class="duration">${hms(item.durationSeconds)}
        ${trim > 0 ? '<span class="trim">-' + trim + "</span>" : ""}
        ${trim < 0 ? '<span class="trim">+' + -trim + "</span>" : ""}</td>
      <td class="start">${time(item.startAt)}</td><td>${time(item.endAt)}</td>
      <td><button class="play" onclick="playItem('${item.id}','${item.file}')">${playing ? "⏸" : "▶"}</button>
        ${playing ? '<span class="on-air">ON AIR</span>' : ""}</td>
      <td><button class="hard ${item.hardStartTime ? "set" : ""}" onclick="openHardStart('${item.id}')">⏱</button>
        <button class="events" onclick="openEvents('${item.id}')">✨${item.secondaryEvents.length}</button>
        <button class="delete" onclick="removeItem('${item.id}')">×</button></td></tr>`;
  }).join("");
}

function playItem(id, file) { send("PLAY_ITEM", { id, file }); }

function removeItem(id) {
  if (confirm("Supprimer cet élément ?")) send("REMOVE_ITEM", { id });
}

function clearPlaylist() {
  if (confirm("Vider la playlist ?")) send("CLEAR_PLAYLIST");
}

function stopPlayback() {
  if (confirm("Arrêter la diffusion ?")) send("STOP_PLAYBACK", {});
}

function toggleMode() {
  send("SET_AUTOPLAY_MODE", { mode: mode === "AUTO" ? "MANUAL" : "AUTO" });
}

function addByHand() {
  const name = $("add-name").value.trim();
  const file = $("add-file").value.trim();
  const seconds = parseInt($("add-duration").value, 10);
  if (!name || !file || !(seconds >= 1)) return;
  send("ADD_ITEM", { name, file, durationSeconds: seconds });
  $("add").reset();
}

function dragItem(event, index) {
  event.dataTransfer.setData("text/plain", JSON.stringify({ index }));
}

function dropOn(event, index) {
  event.preventDefault();
  const what = JSON.parse(event.dataTransfer.getData("text/plain"));
  if (what.media) {
    send("ADD_ITEM", what.media);
  } else if (what.index !== index) {
    send("REORDER_PLAYLIST", { fromIndex: what.index, toIndex: index });
  }
}

function addLive() {
  const [hours, minutes, seconds] = $("live-duration").value.split(":").map(Number);
  send("ADD_ITEM", { name: $("live-name").value, file: $("live-device").value, type: "live",
    durationSeconds: hours * 3600 + minutes * 60 + seconds });
  closeModals();
}

// On air.

function showStatus(status) {
  mode = status.mode;
  $("mode").textContent = mode;
  $("mode").className = mode === "AUTO" ? "auto" : "manual";
  current = status.currentItem;
  following = status.nextItem;
  playingId = current ? current.id : null;
  drawItems();
  const next = $("next");
  next.innerHTML = "";
  if (following) {
    const when = following.hardStartTime ? "⏰ " + following.hardStartTime
      : "(" + hms(following.durationSeconds) + ")";
    next.innerHTML = (following.thumbnail ? '<img src="' + following.thumbnail + '" height="20" onerror="this.hidden=true"> ' : "")
      + '<span class="name">' + escaped(following.name) + "</span> " + when;
  }
  tick();
}

function tick() {
  const now = Date.now();
  $("clock").textContent = time(now);
  const running = current && current.startAt;
  $("progress").hidden = !running;
  $("offset").textContent = "";
  if (running) {
    const elapsed = (now - new Date(current.startAt)) / 1000;
    $("progress").value = Math.min(100, elapsed * 100 / current.durationSeconds);
    $("offset").textContent = (elapsed < 0 ? "-" : "+") + hms(Math.abs(elapsed));
    $("offset").className = elapsed > 1 ? "late" : elapsed < -1 ? "early" : "";
  }
  $("countdown").textContent = "";
  if (following) {
    const left = Math.max(0, Math.floor((new Date(following.startAt) - now) / 1000));
    $("countdown").textContent = "dans " + two(Math.floor(left / 60)) + ":" + two(left % 60);
  }
}

// Media and folders.

function inFolder(file, id) {
  const known = folders.some((folder) => folder.id === file.folderId);
  return id === 1 ? !known || file.folderId === 1 : file.folderId === id;
}

function drawMedia() {
  const shown = media.filter((file) => shownFolder === null || inFolder(file, shownFolder));
  $("media-count").textContent = shown.length;
  const folder = folders.find((each) => each.id === shownFolder);
  $("folder-shown").textContent = folder ? folder.name : "";
  $("media").innerHTML = shown.map((file) => {
    const its = folders.find((each) => each.id === file.folderId);
    const image = file.thumbnail ? '<img src="' + file.thumbnail + '" onerror="this.hidden=true">' : "";
    const dot = its ? '<span class="dot" style="background:' + its.color + '" title="' + its.name + '"></span>' : "";
    return `<div class="media" draggable="true">${image}${dot}<span class="name">${escaped(file.name)}</span>
      <span class="duration">${file.durationSeconds ? hms(file.durationSeconds) : "--:--"}</span>
      <span class="file">${escaped(file.file)}</span></div>`;
  }).join("");
  [...$("media").children].forEach((card, n) => {
    const file = shown[n];
    card.onclick = () => {
      if (!file.durationSeconds) {
        alert("Durée inconnue: lancez un scan");
        return;
      }
      send("ADD_ITEM", { name: file.name, file: file.file, durationSeconds: file.durationSeconds,
        thumbnail: file.thumbnail });
    };
    card.ondragstart = (event) => event.dataTransfer.setData("text/plain", JSON.stringify({
      media: { name: file.name, file: file.file, durationSeconds: Math.floor(file.durationSeconds) } }));
    card.oncontextmenu = (event) => openMenu(event, file);
  });
}

function drawFolders() {
  $("folders").innerHTML = folders.map((folder) => `<li class="folder ${folder.id === shownFolder ? "shown" : ""}">
    <span class="dot" style="background:${folder.color}" title="${folder.name}"></span>
    <span class="name">${escaped(folder.name)}</span> <span class="count">${folder.mediaCount}</span>
    ${folder.isDefault ? "" : '<button class="edit">✎</button><button class="delete">×</button>'}</li>`).join("");
  [...$("folders").children].forEach((line, n) => {
    const folder = folders[n];
    line.onclick = () => {
      shownFolder = shownFolder === folder.id ? null : folder.id;
      drawFolders();
      drawMedia();
    };
    line.ondragover = (event) => event.preventDefault();
    line.ondrop = (event) => {
      event.preventDefault();
      const what = JSON.parse(event.dataTransfer.getData("text/plain"));
      if (what.media) assign(what.media.file, folder);
    };
    const edit = line.querySelector(".edit");
    if (edit) {
      edit.onclick = (event) => { event.stopPropagation(); openFolder(folder); };
      line.querySelector(".delete").onclick = (event) => {
        event.stopPropagation();
        if (confirm("Supprimer ce dossier ?")) send("FOLDER_DELETE", { id: folder.id });
      };
    }
  });
}

function assign(file, folder) {
  send("FOLDER_ASSIGN_MEDIA", { mediaFile: file, folderId: folder.id });
  toast("success", "Rangé dans " + folder.name);
}

function openMenu(event, file) {
  event.preventDefault();
  const menu = $("menu");
  menu.innerHTML = folders.map((folder) => "<li>" + (inFolder(file, folder.id) ? "✓ " : "") + escaped(folder.name) + "</li>").join("");
  [...menu.children].forEach((line, n) => {
    line.onclick = () => { menu.hidden = true; assign(file.file, folders[n]); };
  });
  menu.style.left = event.clientX + "px";
  menu.style.top = event.clientY + "px";
  menu.hidden = false;
}

function openFolder(folder) {
  editedFolder = folder;
  $("folder-name").value = folder ? folder.name : "";
  chosenColor = folder ? folder.color : COLORS[0];
  drawColors();
  openModal("folder-modal");
}

function drawColors() {
  $("folder-colors").innerHTML = COLORS.map((color) => `<button class="swatch ${color === chosenColor ? "chosen" : ""}"
    title="${color}" style="background:${color}" onclick="chosenColor='${color}'; drawColors()"></button>`).join("");
}

function saveFolder() {
  const name = $("folder-name").value.trim();
  if (editedFolder) {
    send("FOLDER_UPDATE", { id: editedFolder.id, updates: { name, color: chosenColor } });
  } else {
    send("FOLDER_CREATE", { name, color: chosenColor, parentId: null });
  }
  closeModals();
}

function scan() { send("SCAN_MEDIA"); }

// Graphics.

function where() {
  return { channel: Number($("channel").value), layer: Number($("layer").value) };
}

function data() {
  try {
    return JSON.parse($("data").value);
  } catch (error) {
    toast("error", "JSON invalide");
    return null;
  }
}

function template(type) {
  const asked = where();
  if (type === "TEMPLATE_LOAD" || type === "TEMPLATE_LOAD_AND_PLAY") asked.templateName = $("template").value;
  if (type !== "TEMPLATE_PLAY" && type !== "TEMPLATE_STOP" && type !== "TEMPLATE_REMOVE") {
    asked.templateData = data();
    if (asked.templateData === null) return;
  }
  send(type, asked);
}

function exampleData() {
  $("data").value = JSON.stringify(EXAMPLES[$("template").value], null, 2);
}

function drawActive(templates) {
  $("active").innerHTML = templates.map((each) => `<li class="active ${each.playing ? "playing" : ""}">
    <span class="name">${escaped(each.templateName)}</span> ${each.channel}-${each.layer}
    <button class="turn">${each.playing ? "Stop" : "Play"}</button> <button class="remove">Retirer</button></li>`).join("");
  [...$("active").children].forEach((line, n) => {
    const at = { channel: templates[n].channel, layer: templates[n].layer };
    line.querySelector(".turn").onclick = () => send(templates[n].playing ? "TEMPLATE_STOP" : "TEMPLATE_PLAY", at);
    line.querySelector(".remove").onclick = () => send("TEMPLATE_REMOVE", at);
  });
}

function drawPresets() {
  $("presets").innerHTML = presets.map((preset) => `<li><span class="name">${escaped(preset.name)}</span>
    ${escaped(preset.templateName)} ${preset.channel}-${preset.layer}
    <button class="load">Jouer</button> <button class="delete">×</button></li>`).join("");
  [...$("presets").children].forEach((line, n) => {
    const name = presets[n].name;
    line.querySelector(".load").onclick = () => send("PRESET_LOAD", { name, play: true });
    line.querySelector(".delete").onclick = () => {
      if (confirm("Supprimer ce préréglage ?")) send("PRESET_DELETE", { name });
    };
  });
}

function savePreset() {
  const given = data();
  if (given === null) return;
  const name = $("preset-name").value;
  send("PRESET_SAVE", { name, ...where(), templateName: $("template").value, templateData: given });
  toast("success", "Préréglage enregistré: " + name);
  closeModals();
}

function exportPresets() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(presets, null, 2)], { type: "application/json" }));
  link.download = "rtg_presets_" + new Date().toISOString().slice(0, 10) + ".json";
  link.click();
}

async function importPresets(input) {
  let read;
  try {
    read = JSON.parse(await input.files[0].text());
  } catch (error) {
    toast("error", "Fichier illisible");
    return;
  } finally {
    input.value = "";
  }
  if (confirm("Importer " + read.length + " préréglages ?")) {
    send("PRESET_IMPORT", { presets: read, overwrite: true });
  }
}

// Modals.

function openModal(id) { $(id).hidden = false; }

function closeModals() {
  document.querySelectorAll(".modal").forEach((each) => { each.hidden = true; });
}

function openHardStart(id) {
  editedItem = items.find((item) => item.id === id);
  const set = editedItem.hardStartTime;
  $("hard-state").innerHTML = set ? "Fixé à " + set : "Libre";
  $("hard-on").checked = Boolean(set);
  $("hard-time").value = set || "";
  openModal("hard-modal");
}

function saveHardStart() {
  const hardStartTime = $("hard-on").checked ? $("hard-time").value : null;
  send("PLAYLIST_SET_HARD_START", { itemId: editedItem.id, hardStartTime });
  closeModals();
}

function openEvents(id) {
  editedItem = items.find((item) => item.id === id);
  // The list is not drawn again until the modal is opened again.
  $("events").innerHTML = editedItem.secondaryEvents.map((event) => `<li>${event.type} ${event.trigger}
    ${event.offsetMs} ms ${event.layer} ${event.type === "CG_ADD" ? event.template.split("/")[0] : ""}
    <button class="delete" onclick="removeEvent('${event.id}')">×</button></li>`).join("");
  openModal("events-modal");
}

function addEvent() {
  const event = { type: $("event-type").value, trigger: $("event-trigger").value,
    offsetMs: Number($("event-offset").value), layer: Number($("event-layer").value) };
  if (event.type === "CG_ADD") {
    event.template = $("event-template").value;
    event.data = JSON.parse($("event-data").value);
  }
  send("SECONDARY_EVENT_ADD", { itemId: editedItem.id, event });
}

function removeEvent(eventId) {
  if (confirm("Supprimer cet événement ?")) {
    send("SECONDARY_EVENT_REMOVE", { itemId: editedItem.id, eventId });
  }
}

$("layer").innerHTML = Object.keys(LAYERS).map((n) => `<option value="${n}">${n} ${LAYERS[n]}</option>`).join("");
$("template").innerHTML = Object.keys(EXAMPLES).map((name) => `<option>${name}</option>`).join("");
$("live-device").innerHTML = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `<option>${n}</option>`).join("");
exampleData();
setInterval(tick, 1000);
connect();
